// Roles in one process: started in order, stopped in reverse. What nobody caught ends the process with 70, so that
// whoever supervises it starts a clean one.

import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { Exit, exitCode, type ExitCode } from './exit.ts'
import { Lifetime, stopSignal } from './lifecycle.ts'
import { createLogger } from './logger.ts'
import { startOperations } from './operations.ts'
import { createPlatform, type Platform } from './platform.ts'
import { roles, type RoleName } from './roles/table.ts'

/** Runs until a signal comes. Returns the exit code. */
export async function runRoles(names: readonly RoleName[], config: Config): Promise<ExitCode> {
  process.title = `secumon ${names.join(' ')}`
  const logger = createLogger(names.join('+'), config.logLevel)
  const lifetime = new Lifetime(logger)
  const signal = stopSignal()
  const broken = uncaught(logger)
  try {
    const started = startAll(names, await createPlatform({ config, logger, lifetime }), lifetime)
    const reason = await Promise.race([started.then(() => signal.received), signal.received, broken])
    logger.info({ reason }, 'stopping')
    return reason === 'broken' ? exitCode.software : exitCode.ok
  } catch (error) {
    if (!(error instanceof Exit)) throw error
    logger.fatal(error.message)
    throw error
  } finally {
    await lifetime.end()
    exitSoon()
  }
}

async function startAll(names: readonly RoleName[], platform: Platform, lifetime: Lifetime): Promise<void> {
  const { config, logger, registry, running } = platform
  if (config.operationsPort !== undefined) {
    const operations = await startOperations({
      host: config.host,
      port: config.operationsPort,
      registry,
      running,
    })
    lifetime.own('operations', operations.stop)
  }
  for (const name of names) {
    const role = await roles[name].start(platform)
    lifetime.own(name, () => role.stop())
    running.set(name, role)
    logger.info({ role: name }, 'started')
  }
  process.send?.('ready')
}

function uncaught(logger: Logger): Promise<'broken'> {
  const { promise, resolve } = Promise.withResolvers<'broken'>()
  for (const kind of ['unhandledRejection', 'uncaughtException'] as const)
    process.on(kind, (error: unknown) => {
      logger.fatal({ err: error }, kind)
      resolve('broken')
    })
  return promise
}

/** A part that left a timer or a connection behind must not keep the process. */
function exitSoon(): void {
  if (process.connected) process.disconnect()
  setTimeout(() => process.exit(), 500).unref()
}
