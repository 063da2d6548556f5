// The API as it runs, on a real database and a real log with the projections behind it.

import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import { untyped, type Database } from '@secumon/infra/database/database'
import type { NatsEventLog } from '@secumon/infra/eventlog/connect-event-log'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { testEventLog } from '@secumon/infra/eventlog/test-event-log'
import { testDatabase } from '@secumon/infra/testing/database'
import { memoryKeys } from '@secumon/infra/testing/memory-keys'
import type { Scope } from '@secumon/infra/testing/servers'
import { channelSecrets, type ChannelSecrets } from '@secumon/infra/vault/channel-secrets'
import { createUser, type User, type UserRole } from '@secumon/infra/vault/users'
import { generateSigningKey } from '@secumon/contracts/signing'
import type { EventStore } from '@secumon/domain/event-store'
import { agentsProjector } from '@secumon/projections/agents/project'
import { alertsProjector } from '@secumon/projections/alerts/project'
import { eventsArchiveProjector } from '@secumon/projections/events-archive/project'
import { ensureGeneration } from '@secumon/projections/generations'
import { matchingIn } from '@secumon/projections/logs/queries/line-filter'
import { postgresLogStore } from '@secumon/projections/logs/queries/postgres-store'
import { logsProjector } from '@secumon/projections/logs/project'
import { runProjector } from '@secumon/projections/project'
import { retentionProjector } from '@secumon/projections/retention/project'
import { hastenJob } from '@secumon/projections/storage/job-rows'
import { samplesProjector } from '@secumon/projections/samples/project'
import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { openSender } from '../../notify/open-sender.ts'
import type { LatestValues, Reads, Roles } from '../deps.ts'
import { startApi, type ApiOptions, type RunningApi } from '../start-api.ts'
import { emptySeries, exampleLatest } from './examples.ts'

export const PASSWORD = 'correct horse battery'

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown }

export type Ask = {
  readonly method?: string
  readonly token?: string | undefined
  readonly cookie?: string | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Of the client; absent: no socket. */
  readonly address?: string
}

export type ApiUnderTest = {
  readonly api: RunningApi
  readonly db: Database
  readonly log: NatsEventLog
  readonly store: EventStore
  readonly secrets: ChannelSecrets
  readonly jwtSecret: Buffer
  readonly clock: { offsetMs: number; nowMs(): number; monotonicMs(): number }
  readonly roles: Roles
  /** What reading the roles' health throws. */
  readonly fault: { now: Error | undefined }
  readonly lines: string[]
  ask(path: string, ask?: Ask): Promise<Answer>
  addUser(username: string, tenant?: string, role?: UserRole): Promise<User>
  /** A bearer token. */
  logIn(username: string): Promise<string>
}

export async function apiUnderTest(scope: Scope, options: Partial<ApiOptions> = {}): Promise<ApiUnderTest> {
  const [db, log] = await Promise.all([testDatabase(scope, 20), testEventLog(scope)])
  const clock = {
    offsetMs: 0,
    nowMs: () => Date.now() + clock.offsetMs,
    monotonicMs: () => performance.now(),
  }
  const lines: string[] = []
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const keys = memoryKeys()
  await runProjections(scope, { db, log, keys })
  await ensureGeneration(db, logsProjector())
  await ensureGeneration(db, samplesProjector())
  const jwtSecret = randomBytes(32)
  const store = jetStreamEventStore(log, keys)
  const fault: ApiUnderTest['fault'] = { now: undefined }
  const roles: Roles = { api: { status: 'healthy' } }
  const secrets = channelSecrets({ db, keys, clock })
  const sender = openSender({ allowPrivate: ['127.0.0.1'], clock })
  const api = await startApi({
    host: '127.0.0.1',
    port: 0,
    db,
    log,
    store,
    latest: fixedLatest(),
    series: fixedSeries,
    observations: async () => ({ observations: [], cut: false }),
    logs: postgresLogStore({ db: untyped(db), nowMs: () => performance.now() }),
    matchMessages: matchingIn(untyped(db)),
    shards: 1,
    kept: { raw: 30, rollup5min: 90, rollup1hour: 365, logs: 30 },
    hastenJob: (name) => hastenJob(db, name, clock.nowMs()),
    jwtSecret,
    configKey: generateSigningKey(),
    ingestUrl: 'http://127.0.0.1:8098',
    publicUrl: 'https://secumon.example',
    channelSecrets: secrets,
    sender,
    clock,
    logger,
    registry: new Registry(),
    version: '0.0.0-test',
    health: () => {
      if (fault.now) throw fault.now
      return roles
    },
    ...options,
  })
  scope.after(() => api.stop())
  scope.after(async () => sender.close())
  const ask = (path: string, request: Ask = {}) => askApp(api, path, request)
  return {
    api,
    db,
    log,
    store,
    secrets,
    jwtSecret,
    clock,
    roles,
    fault,
    lines,
    ask,
    addUser: async (username, tenant = 'main', role = 'admin') => {
      const user = await createUser(db, { tenant, username, password: PASSWORD, role }, clock)
      if (!user) throw new Error(`user ${username} exists`)
      return user
    },
    logIn: async (username) => {
      const { body } = await ask('/api/v1/auth/login', { body: { username, password: PASSWORD } })
      return (body as { token: string }).token
    },
  }
}

type Projected = { readonly db: Database; readonly log: NatsEventLog; readonly keys: ArchiveKeys }

async function runProjections(scope: Scope, { db, log, keys }: Projected): Promise<void> {
  const stopping = new AbortController()
  const shared = {
    db,
    log,
    keys,
    stream: 'EVENTS',
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    logger: pino({ level: 'silent' }),
    signal: stopping.signal,
  }
  const projectors = [
    agentsProjector({ live: log }),
    alertsProjector({ live: log }),
    retentionProjector,
    eventsArchiveProjector,
  ]
  for (const projector of projectors) await ensureGeneration(db, projector)
  const running = Promise.all(
    projectors.map((projector) => runProjector({ ...shared, projector, registry: new Registry() })),
  )
  scope.after(async () => {
    stopping.abort()
    await running
  })
}

const fixedLatest = (): LatestValues => ({
  latestOf: async () => exampleLatest,
  watch: () => () => undefined,
})

const fixedSeries: Reads['series'] = async (_scope, _agent, request) => emptySeries(request)

async function askApp({ app }: RunningApi, path: string, ask: Ask): Promise<Answer> {
  const { method = ask.body === undefined ? 'GET' : 'POST', token, cookie, body, address } = ask
  const headers = new Headers({ host: 'localhost', ...ask.headers })
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  if (cookie !== undefined) headers.set('cookie', cookie)
  if (body !== undefined) headers.set('content-type', 'application/json')
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const env = address === undefined ? {} : { incoming: { socket: { remoteAddress: address } } }
  const response = await app.request(path, init, env)
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}
