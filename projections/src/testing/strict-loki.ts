// A server that takes and answers what Loki documents of its push and query endpoints, and nothing else: a request that
// strays from the documentation is refused, with what is wrong. It stands in where no Loki can be started.
// https://grafana.com/docs/loki/latest/reference/loki-http-api/

import type { Scope } from '@secumon/infra/testing/servers'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { isDeepStrictEqual } from 'node:util'
import { BadQuery, readCount, readSelector, type Selects } from './strict-log-ql.ts'

type Held = { readonly ns: bigint; readonly line: string; readonly metadata: Record<string, string> }
type HeldStream = { readonly labels: Record<string, string>; readonly entries: Held[] }

export type Fault = { readonly status: number; readonly body?: string; readonly retryAfterS?: number }

export type StrictLoki = {
  readonly url: string
  /** Answered instead, one after the other. */
  readonly faults: Fault[]
  /** What is older is not taken. */
  oldestNs: bigint
  /** No more streams of a tenant are taken. */
  maxStreams: number
  /** Characters of a line, and of a whole request: what is longer is not taken. */
  maxLine: number
  maxRequest: number
  /** Requests by path. */
  readonly asked: string[]
  /** Credentials of the last request. */
  authorization: string | undefined
  /** Streams of a tenant. */
  streamsOf(tenant: string): readonly HeldStream[]
}

class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const bad = (message: string): Refused => new Refused(400, message)

export async function strictLoki(scope: Scope): Promise<StrictLoki> {
  const tenants = new Map<string, HeldStream[]>()
  const streamsOf = (tenant: string): HeldStream[] => {
    const streams = tenants.get(tenant) ?? []
    tenants.set(tenant, streams)
    return streams
  }
  const server = createServer((request, response) => {
    void answer(request).then(({ status, body, retryAfterS }) => {
      if (retryAfterS !== undefined) response.setHeader('retry-after', String(retryAfterS))
      response.writeHead(status).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  scope.after(async () => void server.close())
  const loki: StrictLoki = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults: [],
    oldestNs: 0n,
    maxStreams: Infinity,
    maxLine: Infinity,
    maxRequest: Infinity,
    asked: [],
    authorization: undefined,
    streamsOf,
  }

  async function answer(request: IncomingMessage): Promise<Fault> {
    const body = await text(request)
    const url = new URL(request.url ?? '', loki.url)
    loki.asked.push(url.pathname)
    loki.authorization = request.headers.authorization
    const fault = loki.faults.shift()
    if (fault) return fault
    try {
      const tenant = request.headers['x-scope-orgid']
      if (typeof tenant !== 'string') throw new Refused(401, 'no org id')
      const streams = streamsOf(tenant)
      switch (`${request.method} ${url.pathname}`) {
        case 'POST /loki/api/v1/push':
          if (request.headers['content-type'] !== 'application/json') throw bad('content type')
          if (body.length > loki.maxRequest) throw new Refused(429, RATE_LIMIT)
          return push(streams, JSON.parse(body), loki)
        case 'GET /loki/api/v1/query_range':
          return ok(queryRange(streams, url.searchParams))
        case 'GET /loki/api/v1/query':
          return ok(query(streams, url.searchParams))
        default:
          throw new Refused(404, 'page not found')
      }
    } catch (error) {
      if (error instanceof BadQuery) return { status: 400, body: `parse error : ${error.message}` }
      if (error instanceof Refused) return { status: error.status, body: error.message }
      return { status: 400, body: String(error) }
    }
  }
  return loki
}

const ok = (data: unknown): Fault => ({ status: 200, body: JSON.stringify({ status: 'success', data }) })

function requireTexts(value: unknown, what: string): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(`${what} is no object`)
  for (const [name, item] of Object.entries(value))
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || typeof item !== 'string') throw bad(`${what}: ${name}`)
  return value as Record<string, string>
}

type Pushed = { readonly streams: { readonly stream: unknown; readonly values: readonly unknown[][] }[] }

type Limits = Pick<StrictLoki, 'oldestNs' | 'maxStreams' | 'maxLine'>

/** Takes what it can of a request, and refuses the rest. */
function push(held: HeldStream[], body: unknown, limits: Limits): Fault {
  const refused = { old: 0, long: 0, streams: 0, all: 0 }
  for (const { stream, values } of (body as Pushed).streams) {
    const labels = requireTexts(stream, 'stream')
    if (Object.keys(labels).length === 0) throw bad('error at least one label pair is required per stream')
    const its = held.find((one) => isDeepStrictEqual(one.labels, labels)) ?? { labels, entries: [] }
    const isTaken = held.includes(its) || held.length < limits.maxStreams
    if (!isTaken) refused.streams++
    else if (!held.includes(its)) held.push(its)
    for (const value of values) {
      const entry = entryIn(value)
      refused.all++
      if (entry.line.length > limits.maxLine) refused.long++
      else if (entry.ns < limits.oldestNs) refused.old++
      // An entry with the same time and text is there already.
      else if (isTaken && !its.entries.some(({ ns, line }) => ns === entry.ns && line === entry.line))
        its.entries.push(entry)
    }
  }
  return answerTo(refused)
}

function entryIn([ns, line, metadata = {}]: readonly unknown[]): Held {
  if (typeof ns !== 'string' || !/^\d{19}$/.test(ns) || typeof line !== 'string')
    throw bad('an entry is malformed')
  return { ns: BigInt(ns), line, metadata: requireTexts(metadata, 'structured metadata') }
}

type RefusedParts = {
  readonly old: number
  readonly long: number
  readonly streams: number
  readonly all: number
}

function answerTo({ old, long, streams, all }: RefusedParts): Fault {
  if (streams > 0) return { status: 429, body: STREAM_LIMIT }
  if (long > 0) return { status: 400, body: LINE_TOO_LONG }
  if (old === 0) return { status: 204 }
  return {
    status: 400,
    body: `${TOO_FAR_BEHIND},\nuser 'x', total ignored: ${old} out of ${all} for stream: {}`,
  }
}

// As they are documented:
// https://grafana.com/docs/loki/latest/operations/request-validation-rate-limits/
const RATE_LIMIT = 'Ingestion rate limit exceeded for user x (limit: 1 bytes/sec), reduce log volume'
const STREAM_LIMIT = 'Maximum active stream limit exceeded when trying to create stream {}, reduce the number'
const LINE_TOO_LONG =
  "Max entry size '1' bytes exceeded for stream '{}' while adding an entry with length '2' bytes"
const TOO_FAR_BEHIND = `entry with timestamp 2026-01-01 00:00:00 +0000 UTC ignored, reason: 'entry too far behind, oldest acceptable timestamp is: 2026-01-02T00:00:00Z'`

const param = (parameters: URLSearchParams, name: string, form: RegExp): string => {
  const value = parameters.get(name)
  if (value === null || !form.test(value)) throw bad(`parameter ${name}: ${value}`)
  return value
}

const NS = /^\d{19}$/
const MAX_RANGE_NS = 721n * 3_600_000_000_000n

function rangeOf(parameters: URLSearchParams) {
  const [start, end] = [BigInt(param(parameters, 'start', NS)), BigInt(param(parameters, 'end', NS))]
  if (end - start > MAX_RANGE_NS) throw bad('the query time range exceeds the limit')
  return { start, end }
}

function queryRange(streams: readonly HeldStream[], parameters: URLSearchParams): unknown {
  const { start, end } = rangeOf(parameters)
  const written = param(parameters, 'query', /^/)
  if (written.startsWith('{')) return linesOf(streams, readSelector(written), { start, end, parameters })
  const { selects, by, rangeNs } = readCount(written)
  const step = BigInt(param(parameters, 'step', /^\d+ms$/).slice(0, -2)) * 1_000_000n
  if ((end - start) / step > 11_000n) throw bad('exceeded maximum resolution')
  const series = new Map<string, [number, string][]>()
  for (let at = start; at <= end; at += step)
    for (const [value, count] of counted(streams, selects, { by, after: at - rangeNs, until: at })) {
      const its = series.get(value) ?? []
      series.set(value, its)
      // Milliseconds at most.
      its.push([Number(at / 1_000_000n) / 1_000, String(count)])
    }
  const result = [...series].map(([value, values]) => ({
    metric: value === '' ? {} : { [by]: value },
    values,
  }))
  return { resultType: 'matrix', result }
}

function query(streams: readonly HeldStream[], parameters: URLSearchParams): unknown {
  const { selects, by, rangeNs } = readCount(param(parameters, 'query', /^/))
  const at = BigInt(param(parameters, 'time', NS))
  if (rangeNs > MAX_RANGE_NS) throw bad('the query time range exceeds the limit')
  const result = [...counted(streams, selects, { by, after: at - rangeNs, until: at })].map(
    ([value, count]) => ({
      metric: value === '' ? {} : { [by]: value },
      value: [Number(at / 1_000_000n) / 1_000, String(count)],
    }),
  )
  return { resultType: 'vector', result }
}

type Selected = { readonly labels: Record<string, string>; readonly entry: Held }

function selected(streams: readonly HeldStream[], selects: Selects): Selected[] {
  return streams.flatMap(({ labels, entries }) =>
    entries.flatMap((entry) => (selects(labels, entry) ? [{ labels, entry }] : [])),
  )
}

type Window = { readonly by: string; readonly after: bigint; readonly until: bigint }

function counted(
  streams: readonly HeldStream[],
  selects: Selects,
  { by, after, until }: Window,
): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { labels, entry } of selected(streams, selects)) {
    if (entry.ns <= after || entry.ns > until) continue
    const value = labels[by] ?? entry.metadata[by] ?? ''
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return counts
}

type Lines = { readonly start: bigint; readonly end: bigint; readonly parameters: URLSearchParams }

function linesOf(
  streams: readonly HeldStream[],
  selects: Selects,
  { start, end, parameters }: Lines,
): unknown {
  const limit = Number(param(parameters, 'limit', /^\d+$/))
  if (limit > 5_000) throw bad('max entries limit per query exceeded')
  const forward = param(parameters, 'direction', /^(forward|backward)$/) === 'forward'
  const found = selected(streams, selects)
    .filter(({ entry }) => entry.ns >= start && entry.ns < end)
    .toSorted((a, b) => (a.entry.ns < b.entry.ns === forward ? -1 : 1))
    .slice(0, limit)
  const result = [...Map.groupBy(found, ({ labels }) => labels)].map(([stream, its]) => ({
    stream,
    values: its.map(({ entry }) => [String(entry.ns), entry.line, { structuredMetadata: entry.metadata }]),
  }))
  return { resultType: 'streams', result }
}
