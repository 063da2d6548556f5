// `secumon storage retention`: shows or sets how long a tenant's data is kept, where that is less than the platform keeps.

import { DEFAULT_TENANT, isTenant, SYSTEM_TENANT } from '@secumon/contracts/subjects'
import {
  retention,
  RETENTION_ID,
  type RetentionDays,
  type TenantRetention,
} from '@secumon/domain/retention/retention'
import { tenantRetention } from '@secumon/projections/retention/queries'
import { readKeptDays } from '@secumon/projections/storage/kept-fact'
import { tenantScope } from '@secumon/projections/tenant-scope'
import { InvalidArgumentError, type Command } from 'commander'
import { settingNames, type SettingName } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { keptDays } from '../kept-days.ts'
import { reached } from '../platform.ts'
import { count } from '../status/figures.ts'
import { table } from '../status/table.ts'
import { withPlatform } from './command-platform.ts'
import { onTheLog } from './on-the-log.ts'
import { addSettings, flagsOf } from './options.ts'

const KINDS = [
  { kind: 'raw', setting: 'rawDays', flag: '--raw-days', about: 'samples as measured' },
  { kind: 'rollup5min', setting: 'rollup5minDays', flag: '--rollup-5min-days', about: 'by five minutes' },
  { kind: 'rollup1hour', setting: 'rollup1hourDays', flag: '--rollup-1hour-days', about: 'by the hour' },
  { kind: 'logs', setting: 'logsDays', flag: '--logs-days', about: 'lines of logs' },
] as const

// What is said here is the tenant's, not the platform's.
const SETTINGS = settingNames.filter((name) => !KINDS.some(({ setting }) => setting === name))

type Options = Record<string, unknown> & { tenant: string; asPlatform?: boolean } & {
  readonly [Setting in (typeof KINDS)[number]['setting'] & SettingName]?: number
}

export function defineRetention(command: Command): void {
  addSettings(command, SETTINGS)
    .option('--tenant <name>', 'whose', DEFAULT_TENANT)
    .option('--as-platform', 'keep everything as long as the platform does')
    .action(run)
  for (const { flag, about } of KINDS) command.option(`${flag} <days>`, `keep ${about} for so long`, days)
}

const run = (options: Options): Promise<void> =>
  withPlatform(flagsOf(options, SETTINGS), async (platform) => {
    const { tenant, asPlatform = false } = options
    if (!isTenant(tenant) || tenant === SYSTEM_TENANT)
      throw new Exit(exitCode.usage, `not a tenant: ${tenant.slice(0, 64)}`)
    const db = await platform.database('storage command', 2)
    const [{ days: before }, fact] = await reached('PostgreSQL', () =>
      Promise.all([tenantRetention(db, tenantScope(tenant)), readKeptDays(db)]),
    )
    const kept = fact ?? keptDays(platform.config)
    const given = givenDays(options)
    const wanted = { ...(asPlatform ? {} : before), ...given }
    if (asPlatform || Object.keys(given).length > 0) {
      const carryOut = await onTheLog(platform, { tenant, by: 'storage retention' })
      const command = { kind: 'SetRetention', days: wanted, platform: kept } as const
      await carryOut(retention, RETENTION_ID, command)
      console.log(`set for ${tenant}; what is older goes with the next retention`)
    }
    for (const line of render(wanted, kept)) console.log(line)
  })

const givenDays = (options: Options): TenantRetention =>
  Object.fromEntries(
    KINDS.flatMap(({ kind, setting }) => {
      const value = options[setting]
      return value === undefined ? [] : [[kind, value]]
    }),
  )

const render = (own: TenantRetention, platform: RetentionDays): string[] =>
  table(
    ['KEPT', 'FOR', 'PLATFORM'],
    KINDS.map(({ kind, about }) => [
      about,
      own[kind] === undefined ? 'as the platform' : count(own[kind], 'day'),
      count(platform[kind], 'day'),
    ]),
  )

function days(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a number of days.')
  return value
}
