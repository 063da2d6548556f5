// Database and vault for a command that runs beside a SecuMon: the servers that are configured, else those of the
// all-in-one that runs on the data directory.

import type { Database } from '@secumon/infra/database/database'
import { pino } from 'pino'
import type { Config, Flags } from '../config.ts'
import { masterKeyList, masterKeyText } from '../config/setting.ts'
import { Exit, exitCode } from '../exit.ts'
import { Lifetime } from '../lifecycle.ts'
import { createPlatform, type Platform } from '../platform.ts'
import { readRunFile } from '../up/run-file.ts'
import { configured } from './load-config.ts'

/** Runs the work with the database and closes it. @throws Exit 69 when no database is known or it does not answer */
export const withDatabase = (
  flags: Flags,
  work: (db: Database, config: Config) => Promise<void>,
): Promise<void> =>
  withPlatform(flags, async (platform) => work(await platform.database('command', 2), platform.config))

/** Runs the work with what a role would have, and closes it. @throws Exit 69 when something does not answer */
export async function withPlatform(flags: Flags, work: (platform: Platform) => Promise<void>): Promise<void> {
  const config = await locatedConfig(flags)
  const logger = pino({ level: 'silent' })
  const lifetime = new Lifetime(logger)
  try {
    await work(await createPlatform({ config, logger, lifetime }))
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED')) throw cause
    throw new Exit(exitCode.unavailable, 'PostgreSQL does not answer; is SecuMon running?', { cause })
  } finally {
    await lifetime.end()
  }
}

/** The configuration, with the servers of a running all-in-one where none are configured. */
export async function locatedConfig(flags: Flags): Promise<Config> {
  const config = await configured(flags)
  if (config.databaseUrl !== undefined) return config
  const running = await readRunFile(config.dataDirectory)
  if (running === undefined)
    throw new Exit(
      exitCode.unavailable,
      `DATABASE_URL is not set, and no SecuMon runs on ${config.dataDirectory}`,
    )
  const { databaseUrl, natsUrl, redisUrl, port } = running
  const masterKeyOld = [...masterKeyList.parse(running.masterKeyOld), ...config.masterKeyOld]
  // It has asked the store of secrets, if there is one.
  const keys = { masterKey: masterKeyText.parse(running.masterKey), masterKeyOld, vaultUrl: undefined }
  return { ...config, databaseUrl, natsUrl, redisUrl, port, ...keys }
}
