// `secumon migrate`.

import { migrate } from '@secumon/migrations/migrate'
import { describeDatabase, timeSeriesDatabase } from '@secumon/migrations/timescale'
import type { Command } from 'commander'
import { ensureFirstAdmin } from '@secumon/infra/vault/users'
import { systemClock } from '../clock.ts'
import { settingNames } from '../config/settings.ts'
import { withDatabase } from './command-platform.ts'
import { addSettings, flagsOf } from './options.ts'

export const define = (command: Command): void =>
  void addSettings(command, settingNames).action(async (options: Record<string, unknown>) => {
    await withDatabase(flagsOf(options, settingNames), async (db, config) => {
      console.log(`database: ${describeDatabase(await timeSeriesDatabase(db))}`)
      const applied = await migrate(db)
      console.log(
        applied.length === 0
          ? 'the schema is up to date'
          : applied.map((name) => `applied ${name}`).join('\n'),
      )
      const { username, password } = await ensureFirstAdmin(db, {
        password: config.adminPassword,
        clock: systemClock,
      })
      if (password === undefined) return
      const shown = config.adminPassword === undefined ? password : 'that of SECUMON_ADMIN_PASSWORD'
      console.log(`first user: ${username}, password: ${shown}`)
    })
  })
