// A connected log for tests: a real nats-server, stamped as if it had been reconciled.

import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { pino } from 'pino'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startNatsServer, type NatsServer } from '../embedded/nats-server.ts'
import { ensureTool } from '../embedded/tools.ts'
import { temporaryDirectory, testNats, type Scope } from '../testing/servers.ts'
import { connectEventLog, type LogLimits, type NatsEventLog } from './connect-event-log.ts'

export const testClock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }

export const silentLogger = pino({ level: 'silent' })

/** Connects to a server and stamps it; the log is closed when the test ends. */
export async function testConnection(
  scope: Scope,
  servers: string,
  limits?: LogLimits,
): Promise<NatsEventLog> {
  const log = await connectEventLog({
    servers,
    logger: silentLogger,
    clock: testClock,
    shards: 1,
    ...(limits && { limits }),
  })
  scope.after(() => log.close())
  if (log.serverId !== undefined) await log.upkeep.stamp(log.serverId)
  await until(log, () => log.trouble !== 'not_reconciled')
  return log
}

/** Starts a server and connects to it. */
export async function testEventLog(scope: Scope, limits?: LogLimits): Promise<NatsEventLog> {
  const { url } = await testNats(scope)
  return testConnection(scope, url, limits)
}

/** A nats-server that can be stopped, started again on its directory and port, and put back in time. */
export type RestartableNats = {
  readonly url: string
  /** Where the server's store lies. */
  readonly store: string
  server(): NatsServer
  stop(): Promise<void>
  start(): Promise<void>
  /** Keeps a copy of the store; the server must not run. */
  save(): Promise<void>
  /** Replaces the store by the copy; the server must not run. */
  rollBack(): Promise<void>
  /** Deletes the store; the server must not run. */
  loseStore(): Promise<void>
}

export async function restartableNats(scope: Scope): Promise<RestartableNats> {
  let server: NatsServer | undefined
  const directory = await temporaryDirectory(scope, async () => server?.child.stop('SIGKILL'))
  const options = {
    program: await ensureTool('nats-server'),
    directory,
    maxFileBytes: 1024 ** 3,
    guardAfterS: 0,
  }
  const first = await startNatsServer(options)
  server = first
  const [store, copy] = [join(directory, 'jetstream'), join(directory, 'copy')]
  return {
    url: first.url,
    store,
    server: () => server ?? first,
    stop: async () => server?.child.stop(),
    start: async () => {
      server = await startNatsServer({ ...options, port: first.port })
    },
    save: () => cp(store, copy, { recursive: true }),
    rollBack: async () => {
      await rm(store, { recursive: true })
      await cp(copy, store, { recursive: true })
    },
    loseStore: () => rm(store, { recursive: true }),
  }
}

/** Restarts the server, with something done to its store in between, and stamps it as if it had been reconciled. */
export const restarting =
  (nats: RestartableNats, log: NatsEventLog) =>
  async (between: () => Promise<void>): Promise<void> => {
    await nats.stop()
    await until(log, () => log.trouble === 'disconnected')
    await between()
    await nats.start()
    await until(log, () => log.trouble !== 'disconnected')
    if (log.serverId !== undefined) await log.upkeep.stamp(log.serverId)
    await until(log, () => log.trouble === undefined)
  }

/** Removes one message, as damage of the store would. */
export async function loseMessage(servers: string, stream: string, position: number): Promise<void> {
  const nats = await connect({ servers })
  const jetStream = await jetstreamManager(nats)
  await jetStream.streams.deleteMessage(stream, position)
  await nats.close()
}

const PATIENCE_MS = 20_000

/** Waits until a fact about the log holds. @throws Error naming the log's trouble when it does not in 20 s */
export async function until(
  log: Pick<NatsEventLog, 'onChange' | 'trouble'>,
  fact: () => boolean,
): Promise<void> {
  const deadline = AbortSignal.timeout(PATIENCE_MS)
  while (!fact()) {
    if (deadline.aborted) throw new Error(`waited ${PATIENCE_MS} ms for ${String(fact)}: ${log.trouble}`)
    const { promise, resolve } = Promise.withResolvers<void>()
    const forget = log.onChange(resolve)
    const late = () => resolve()
    deadline.addEventListener('abort', late)
    await promise
    deadline.removeEventListener('abort', late)
    forget()
  }
}
