// Believable log lines for developing screens: a line every so often for weeks, each computed from its number.

import { LOG_SEVERITIES } from '@secumon/contracts/log-severity'
import type { LogContext, LogFacets, LogHistogram, LogLine, Logs, LogTail } from '../src/lib/api-types.ts'

const EVERY_MS = Number(process.env['UI_LOG_EVERY_MS'] ?? 250)
const KEPT_MS = 30 * 86_400_000
const HOSTS = 12

type Sketch = readonly [source: string, unit: string | null, severity: LogLine['severity'], message: string]
const SKETCHES: readonly Sketch[] = [
  ['journal', 'sshd.service', 'info', 'Accepted publickey for deploy from 192.0.2.17 port 50422 ssh2'],
  ['nginx', null, 'none', '192.0.2.41 - - "GET /api/v1/orders?page=3 HTTP/1.1" 200 5316 "-" "curl/8.5.0"'],
  ['journal', 'systemd', 'info', 'Started Daily apt download activities.'],
  ['shop', 'shop.service', 'info', '{"level":"info","msg":"order placed","order":48211,"http":{"status":201,"path":"/orders"},"took_ms":38}'],
  ['journal', 'kernel', 'notice', 'EXT4-fs (sda1): mounted filesystem with ordered data mode'],
  ['shop', 'shop.service', 'debug', '\u001b[36mquery\u001b[0m select id, total from orders where customer = $1 order by placed_at desc limit 20'],
  ['nginx', null, 'none', '192.0.2.9 - - "POST /checkout HTTP/1.1" 502 157 "https://shop.example.net/cart" "Mozilla/5.0 (X11; Linux x86_64)"'],
  ['journal', 'sshd.service', 'warning', 'Failed password for invalid user oracle from 198.51.100.23 port 40122 ssh2'],
  ['shop', 'shop.service', 'error', 'Unhandled failure: connection to the database was refused\n    at connect (/srv/shop/db.js:41:11)\n    at async place (/srv/shop/orders.js:97:5)'],
] // prettier-ignore

export const hostId = (host: number): string => `01JD${String(host * 7).padStart(22, '0')}`
const hash = (n: number): number => Math.imul(n ^ (n >>> 15), 0x2c1b3c6d) >>> 0

/** The line of a number; numbers rise with time. */
export function lineOf(number: number): LogLine {
  const mixed = hash(number)
  const burst = number % 9_000 < 300 && mixed % 3 === 0
  const sketch = SKETCHES[burst ? 8 : mixed % 1_000 < 4 ? 8 : mixed % 100 < 3 ? 7 : mixed % 7] ?? SKETCHES[0]
  const [source, unit, severity, message] = sketch as Sketch
  const agent = hostId(hash(number + 7) % HOSTS)
  const time = number * EVERY_MS
  const id = `${agent}.1.${number}.0`
  if (number % 5_000 === 0) {
    const dropped = { reason: 'rate', lines: 1_204, bytes: 88_400, from: time - 9_000, until: time } as const
    const said = 'nginx wrote more than its limit of 1000 lines/s: 1204 lines are missing'
    return { id, time, agent, source, unit, severity: 'warning', message: said, dropped }
  }
  return { id, time, agent, source, unit, severity, message }
}

const numberOf = (atMs: number): number => Math.ceil(atMs / EVERY_MS)
const moment = (query: URLSearchParams, name: string, usual: number): number => {
  const value = Number(query.get(name) ?? usual)
  return value < 0 ? Date.now() + value : value
}

function matcher(query: URLSearchParams): (line: LogLine) => boolean {
  const among = (name: string): ((value: string | null) => boolean) => {
    const names = query.get(name)?.split(',')
    const others = query.get(`not_${name}`)?.split(',')
    return (value) => (names?.includes(value ?? '') ?? true) && !others?.includes(value ?? '')
  }
  const [agents, sources, units, severities] = ['agents', 'sources', 'units', 'severity'].map(among)
  const parts = [query.get('text') ?? '', ...(query.get('words') ?? '').split(' ')].map((part) =>
    part.toLowerCase(),
  )
  const regex = query.get('regex') === null ? undefined : new RegExp(query.get('regex') ?? '')
  return (line) =>
    [agents?.(line.agent), sources?.(line.source), units?.(line.unit), severities?.(line.severity)].every(
      Boolean,
    ) &&
    parts.every((part) => line.message.toLowerCase().includes(part)) &&
    (regex?.test(line.message) ?? true)
}

function search(query: URLSearchParams): Logs {
  const from = Math.max(moment(query, 'from', -3_600_000), Date.now() - KEPT_MS)
  const to = Math.min(moment(query, 'to', Date.now()), Date.now())
  const newest = query.get('order') !== 'oldest'
  const limit = Number(query.get('limit') ?? 100)
  const matches = matcher(query)
  const lines: LogLine[] = []
  let number = Number(query.get('cursor') ?? (newest ? numberOf(to) - 1 : numberOf(from)))
  for (
    ;
    lines.length < limit && number * EVERY_MS >= from && number * EVERY_MS < to;
    number += newest ? -1 : 1
  ) {
    const line = lineOf(number)
    if (matches(line)) lines.push(line)
  }
  const next = lines.length < limit ? null : String(number)
  return { lines, next, from, to, partial: process.env['UI_LOGS'] === 'partial' }
}

function histogram(query: URLSearchParams): LogHistogram {
  const { from, to, lines } = search(sampled(query))
  const step =
    [10_000, 60_000, 300_000, 3_600_000, 21_600_000].find((each) => (to - from) / each <= 120) ?? 86_400_000
  const first = Math.floor(from / step) * step
  const times = Array.from({ length: Math.ceil((to - first) / step) }, (_, i) => first + i * step)
  const series = LOG_SEVERITIES.flatMap((severity) => {
    const counts = times.map(() => 0)
    for (const line of lines)
      if (line.severity === severity) {
        const at = Math.floor((line.time - first) / step)
        counts[at] = (counts[at] ?? 0) + 1
      }
    return counts.some((count) => count > 0) ? [{ severity, counts }] : []
  })
  return { from, to, step, times, series, partial: false }
}

const sampled = (query: URLSearchParams): URLSearchParams => {
  const all = new URLSearchParams(query)
  all.set('limit', '200000')
  return all
}

function facets(query: URLSearchParams): LogFacets {
  const { from, to, lines } = search(sampled(query))
  const count = (value: (line: LogLine) => string | null): { value: string; count: number }[] =>
    [...Map.groupBy(lines, value)]
      .flatMap(([key, of]) => (key === null ? [] : [{ value: key, count: of.length }]))
      .toSorted((a, b) => b.count - a.count)
  const severities = count((line) => line.severity) as LogFacets['severities']
  return {
    agents: count((line) => line.agent),
    sources: count((line) => line.source),
    units: count((line) => line.unit),
    severities,
    counted_from: from,
    from,
    to,
    partial: false,
  }
}

function context(query: URLSearchParams): LogContext {
  const number = Number(query.get('id')?.split('.')[2])
  const line = lineOf(number)
  const near = (step: 1 | -1, count: number): LogLine[] => {
    const found: LogLine[] = []
    for (let n = number + step; found.length < count; n += step) {
      const each = lineOf(n)
      if (each.agent === line.agent && each.source === line.source) found.push(each)
    }
    return found
  }
  return {
    before: near(-1, Number(query.get('before'))).toReversed(),
    line,
    after: near(1, Number(query.get('after'))),
    from: line.time - 86_400_000,
    to: line.time + 86_400_000,
  }
}

const ANSWERS = {
  '/logs': search,
  '/logs/histogram': histogram,
  '/logs/facets': facets,
  '/logs/context': context,
}

/** What is answered to a path of the logs; undefined when there is no such. UI_LOGS=none: nothing is logged. */
export function logsAnswer(path: string, query: URLSearchParams): unknown {
  if (process.env['UI_LOGS'] === 'none') query.set('from', `${Date.now()}`)
  return Object.entries(ANSWERS).find(([known]) => known === path)?.[1](query)
}

/** The lines of the last moments. */
export function logsTail(query: URLSearchParams, sinceMs: number): LogTail {
  const asked = new URLSearchParams(query)
  asked.set('from', String(sinceMs))
  asked.set('order', 'oldest')
  return { lines: [...search(asked).lines], skipped: 0 }
}
