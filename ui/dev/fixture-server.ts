// A stand-in for the API while developing screens: `node dev/fixture-server.ts [--agents N] [--port P]`.
// Logs anybody in whose password is not "wrong". Type-checked against the API's own shapes; ships with nothing.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { parseArgs } from 'node:util'
import type {
  Change,
  FleetAgent,
  Fleet,
  FleetMap,
  Overview,
  Platform,
  Session,
  StatusCounts,
} from '../src/lib/api-types.ts'
import { customMetrics } from './fixture-custom.ts'
import { alertingAnswer } from './fixture-alerting.ts'
import { logsAnswer, logsTail } from './fixture-logs.ts'
import { storageAnswer } from './fixture-storage.ts'
import { agentDetail, agentRow, latestOf, seriesSet } from './fixture-data.ts'

const { values: options } = parseArgs({
  options: { agents: { type: 'string', default: '10000' }, port: { type: 'string', default: '8099' } },
})
const count = Number(options.agents)
const renamed = new Map<string, { name?: string; tags?: string[] }>()

type Sortable = string | number | null
const SORTS: Readonly<Record<string, (agent: FleetAgent) => Sortable>> = {
  name: (agent) => agent.name,
  status: (agent) => ['offline', 'unknown', 'pending', 'online'].indexOf(agent.status),
  cpu: (agent) => agent.cpu_percent,
  memory: (agent) => agent.memory_percent,
  disk: (agent) => agent.disk_percent,
  load: (agent) => agent.load_1,
  last_seen: (agent) => agent.last_seen,
  enrolled: (agent) => agent.enrolled_at,
}

const row = (index: number): FleetAgent => {
  const agent = agentRow(index, Date.now())
  return { ...agent, ...renamed.get(agent.id) }
}
let cached: { at: number; rows: FleetAgent[] } = { at: 0, rows: [] }
function fleet(): FleetAgent[] {
  if (Date.now() - cached.at > 5_000)
    cached = { at: Date.now(), rows: Array.from({ length: count }, (_, index) => row(index)) }
  return cached.rows
}
const indexOf = (id: string): number => (/^01JD\d{22}$/.test(id) ? Number(id.slice(4)) : -1)

function counts(rows: readonly FleetAgent[]): StatusCounts {
  const by = { online: 0, offline: 0, unknown: 0, pending: 0 }
  for (const agent of rows) by[agent.status] += 1
  return by
}

function compare(a: Sortable, b: Sortable): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  return a < b ? -1 : a > b ? 1 : 0
}

function fleetBody(query: URLSearchParams): Fleet {
  const text = (query.get('q') ?? '').toLowerCase()
  const statuses = query.get('status')?.split(',')
  const tag = query.get('tag')
  const simulated = query.get('simulated')
  const matching = fleet().filter(
    (agent) =>
      (!statuses || statuses.includes(agent.status)) &&
      (!tag || agent.tags.includes(tag)) &&
      (!simulated || String(agent.simulated) === simulated) &&
      (!text ||
        [agent.name, agent.hostname ?? '', ...agent.tags].some((word) => word.toLowerCase().includes(text))),
  )
  const by = SORTS[query.get('sort') ?? 'name'] ?? SORTS['name']
  const sign = query.get('order') === 'desc' ? -1 : 1
  const sorted = by ? matching.toSorted((a, b) => sign * compare(by(a), by(b))) : matching
  const offset = Number(query.get('offset') ?? 0)
  const agents = sorted.slice(offset, offset + Number(query.get('limit') ?? 100))
  return { total: matching.length, counts: counts(fleet()), agents, as_of: Date.now() }
}

const platform = (): Platform => ({
  at: Date.now(),
  frames_per_second: count / 10 + 4 * Math.sin(Date.now() / 9_000),
  values_per_second: count * 12 + 300 * Math.sin(Date.now() / 7_000),
  lag_ms: 140 + 60 * Math.sin(Date.now() / 5_000),
  backlog: Math.round(6 + 5 * Math.sin(Date.now() / 11_000)),
  // UI_ARCHIVE=behind or full: what the card says then.
  archive_lag_ms: process.env['UI_ARCHIVE'] === undefined ? 300 : 4 * 60_000,
  archive_full: process.env['UI_ARCHIVE'] === 'full',
  log_trouble: null,
})

function overview(): Overview {
  const rows = fleet()
  const top = (value: (agent: FleetAgent) => number | null): FleetAgent[] =>
    rows
      .filter((agent) => agent.status === 'online')
      .toSorted((a, b) => (value(b) ?? 0) - (value(a) ?? 0))
      .slice(0, 10)
  const changes = rows
    .filter((agent) => agent.status !== 'online')
    .slice(0, 12)
    .map((agent, i): Change => ({
      at: Date.now() - i * 290_000 - 40_000,
      kind: i % 4 === 3 ? 'agent_registered' : 'status',
      agent_id: agent.id,
      agent_name: agent.name,
      summary: i % 4 === 3 ? agent.name : `online → ${agent.status}`,
    }))
  return {
    counts: counts(rows),
    platform: platform(),
    top: {
      cpu: top((a) => a.cpu_percent),
      memory: top((a) => a.memory_percent),
      disk: top((a) => a.disk_percent),
    },
    changes,
  }
}

const fleetMap = (): FleetMap => ({
  agents: fleet().map(({ id, name, status, tags, cpu_percent }) => ({
    id,
    name,
    status,
    tags,
    cpu: cpu_percent,
  })),
})

const session: Session = {
  user: { id: 'u1', username: 'admin', role: 'admin', tenant_id: 'main' },
  tenant: { id: 'main', name: 'main' },
  runs_platform: true,
  version: '0.1.0',
}

function send(
  response: ServerResponse,
  status: number,
  body?: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body === undefined ? '' : JSON.stringify(body))
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>)
}

function live(request: IncomingMessage, response: ServerResponse, agent: string | null): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const emit = (event: string, data: unknown): boolean =>
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  emit('platform', platform())
  let turn = 0
  const timer = setInterval(() => {
    turn += 1
    const part = Math.min(count, 500)
    const first = (turn * part) % count
    emit(
      'fleet',
      Array.from({ length: part }, (_, i) => row((first + i) % count)).filter(
        (each) => each.status === 'online',
      ),
    )
    if (turn % 2 === 0) emit('platform', platform())
    const index = agent === null ? -1 : indexOf(agent)
    if (index >= 0 && turn % 4 === 0 && row(index).status === 'online')
      emit('agent', latestOf(index, Date.now()))
  }, 1000)
  request.on('close', () => clearInterval(timer))
}

function tail(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  let sinceMs = Date.now()
  const timer = setInterval(() => {
    const body = logsTail(query, sinceMs)
    sinceMs = Date.now()
    response.write(`event: lines\ndata: ${JSON.stringify(body)}\n\n`)
  }, 500)
  request.on('close', () => clearInterval(timer))
}

async function sessionRoute(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const known = (request.headers.cookie ?? '').includes('fixture=1')
  if (request.method === 'GET')
    return known
      ? send(response, 200, session)
      : send(response, 401, { error: 'invalid or expired token', code: 401 })
  if (request.method === 'DELETE')
    return send(response, 204, undefined, { 'set-cookie': 'fixture=; Max-Age=0; Path=/' })
  const { password } = await bodyOf(request)
  if (password === 'wrong') return send(response, 401, { error: 'invalid user name or password', code: 401 })
  return send(response, 200, session, { 'set-cookie': 'fixture=1; HttpOnly; SameSite=Strict; Path=/' })
}

async function agentRoute(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const [, , , , id = '', part] = url.pathname.split('/')
  const index = indexOf(id)
  if (index < 0 || index >= count) return send(response, 404, { error: 'no such agent', code: 404 })
  if (part === 'series') return send(response, 200, seriesSet(index, url.searchParams))
  if (part === 'custom-metrics') return send(response, 200, customMetrics(index, url.searchParams))
  if (request.method === 'PATCH') {
    renamed.set(id, { ...renamed.get(id), ...(await bodyOf(request)) })
    cached.at = 0
  }
  const detail = agentDetail(index, Date.now())
  send(response, 200, { ...detail, agent: { ...detail.agent, ...renamed.get(id) } })
}

async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const path = url.pathname.replace('/api/v1', '')
  if (path === '/session') return sessionRoute(request, response)
  if (!(request.headers.cookie ?? '').includes('fixture=1'))
    return send(response, 401, { error: 'invalid or expired token', code: 401 })
  if (path === '/overview') return send(response, 200, overview())
  if (path === '/fleet') return send(response, 200, fleetBody(url.searchParams))
  if (path === '/fleet/map') return send(response, 200, fleetMap())
  if (path === '/live') return live(request, response, url.searchParams.get('agent'))
  if (path.startsWith('/agents/')) return agentRoute(request, response, url)
  if (path === '/logs/tail') return tail(request, response, url.searchParams)
  const logs = logsAnswer(path, url.searchParams)
  if (logs !== undefined) return send(response, 200, logs)
  const body = await bodyOf(request)
  const storage = storageAnswer(path, body)
  if (storage !== undefined) return send(response, 200, storage)
  const alerting = alertingAnswer(path, url.searchParams, body)
  if (alerting !== undefined) return send(response, 200, alerting)
  send(response, 404, { error: 'not found', code: 404 })
}

createServer((request, response) => {
  route(request, response).catch((error: unknown) => send(response, 500, { error: String(error), code: 500 }))
}).listen(Number(options.port), '127.0.0.1', () =>
  process.stdout.write(`fixtures for ${count} agents on http://127.0.0.1:${options.port}\n`),
)
