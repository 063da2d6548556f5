// A connected log for tests: a real nats-server, stamped as if it had been reconciled.

import { pino } from 'pino'
import { testNats, type Scope } from '../testing/servers.ts'
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

/** Waits until a fact about the log holds. */
export async function until(log: Pick<NatsEventLog, 'onChange'>, fact: () => boolean): Promise<void> {
  while (!fact()) {
    const { promise, resolve } = Promise.withResolvers<void>()
    const forget = log.onChange(resolve)
    await promise
    forget()
  }
}
