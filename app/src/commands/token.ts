// `secumon token create`: lets agents in.

import { DEFAULT_TENANT } from '@secumon/contracts/subjects'
import { createEnrolmentToken } from '@secumon/infra/vault/enrolment-tokens'
import { InvalidArgumentError, type Command } from 'commander'
import { systemClock } from '../clock.ts'
import { settingNames } from '../config/settings.ts'
import { withDatabase } from './command-platform.ts'
import { addSettings, flagsOf } from './options.ts'

type Options = Record<string, unknown> & { uses: number; days: number; note: string }

const DAY_MS = 24 * 3_600_000

export function define(command: Command): void {
  const create = command.command('create').description('print a new enrolment token; it is not shown again')
  addSettings(create, settingNames)
    .option('--uses <count>', 'how many agents it lets in', count(1_000_000), 1)
    .option('--days <count>', 'how long it is good', count(3_650), 7)
    .option('--note <text>', 'what it is for', 'made on the command line')
    .action(async (options: Options) => {
      await withDatabase(flagsOf(options, settingNames), async (db) => {
        const { uses, days, note } = options
        const expiresAtMs = systemClock.nowMs() + days * DAY_MS
        const token = await createEnrolmentToken(
          db,
          { tenant: DEFAULT_TENANT, uses, note, expiresAtMs },
          systemClock,
        )
        console.log(token)
      })
    })
}

const count =
  (most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new InvalidArgumentError(`It must be 1 to ${most}.`)
    return value
  }
