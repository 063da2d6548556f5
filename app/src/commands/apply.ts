// `secumon apply FILE`: brings rules, channels, policies, schedules, maintenances, silences and retention of a tenant to
// what a file says.

import { DEFAULT_TENANT, isTenant } from '@secumon/contracts/subjects'
import { channelSecrets, type ChannelSecrets } from '@secumon/infra/vault/channel-secrets'
import { newUlid } from '@secumon/infra/vault/vault-database'
import { readKeptDays } from '@secumon/projections/storage/kept-fact'
import type { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { settingNames } from '../config/settings.ts'
import { applyContent, type Applied } from '../content/apply-content.ts'
import { readContent, type ReadContent } from '../content/content-file.ts'
import { CONTENT_KINDS, REFERRED_TO } from '../content/content-kinds.ts'
import type { Execute, Keeper } from '../content/content-kind.ts'
import { existingContent } from '../content/existing-content.ts'
import { retentionKind } from '../content/retention-kind.ts'
import { Exit, exitCode } from '../exit.ts'
import { keptDays } from '../kept-days.ts'
import { readableLog } from '../log-patience.ts'
import { reached, type Platform } from '../platform.ts'
import { withPlatform } from './command-platform.ts'
import { onTheLog } from './on-the-log.ts'
import { addSettings, flagsOf } from './options.ts'

type Options = Record<string, unknown> & { tenant: string; dryRun?: boolean; json?: boolean }

export const define = (command: Command): void =>
  void addSettings(command, settingNames)
    .argument('<file>', 'YAML or JSON; `-` reads it from the standard input')
    .option('--tenant <name>', 'whose content; `system` is the platform’s own', DEFAULT_TENANT)
    .option('--dry-run', 'say what would change, and change nothing')
    .option('--json', 'for programs')
    .action(apply)

async function apply(path: string, options: Options): Promise<void> {
  const { tenant, dryRun, json } = options
  if (!isTenant(tenant)) throw new Exit(exitCode.usage, `not a tenant: ${tenant}`)
  const { file, tell } = readContent(await textOf(path), path === '-' ? 'standard input' : path)
  await withPlatform(flagsOf(options, settingNames), async (platform) => {
    const [log, keys] = [await readableLog(platform), await platform.keys()]
    // A year of silences is not read for a file that has none.
    const kinds = CONTENT_KINDS.filter((kind) => file.has(kind.key) || REFERRED_TO.includes(kind))
    const existing = await existingContent(log, keys, { tenant, kinds })
    const nowMs = platform.clock.nowMs()
    const db = await platform.database('apply command', 2)
    // Other kinds need not know it, also where its table is not there yet.
    const said = file.has(retentionKind.key) && (await reached('PostgreSQL', () => readKeptDays(db)))
    const kept = said || keptDays(platform.config)
    const secrets = channelSecrets({ db, keys, clock: platform.clock })
    const keeper = keeperOf(secrets, { tenant, dryRun: dryRun ?? false })
    const how = { tenant, existing, nowMs, kept, newId: () => newUlid(nowMs), keeper }
    const applying = applyContent(file, dryRun ? how : { ...how, execute: await executor(platform, tenant) })
    await told(applying, { tell, json: json ?? false })
  })
}

type Telling = { readonly tell: ReadContent['tell']; readonly json: boolean }

// What was done is told also when the rest cannot be.
async function told(applying: AsyncIterable<Applied>, { tell, json }: Telling): Promise<void> {
  const done: object[] = []
  try {
    for await (const { faults, ...one } of applying) {
      const told = faults.map(tell)
      done.push({ ...one, faults: told })
      if (!json) console.log(lines(one, told).join('\n'))
      if (one.outcome === 'refused') process.exitCode = exitCode.data
    }
  } finally {
    if (json) console.log(JSON.stringify(done, undefined, 2))
  }
}

const textOf = (path: string): Promise<string> =>
  path === '-' ? text(process.stdin) : readFile(path, 'utf8')

async function executor(platform: Platform, tenant: string): Promise<Execute> {
  const carryOut = await onTheLog(platform, { tenant, by: 'apply' })
  return async (decider, id, commands) => {
    for (const command of commands) await carryOut(decider, id, command)
  }
}

type Kept = { readonly tenant: string; readonly dryRun: boolean }

const keeperOf = (secrets: ChannelSecrets, { tenant, dryRun }: Kept): Keeper => ({
  variable: (name) => process.env[name],
  get: (channel, version) => secrets.get({ tenant, channel, version }),
  put: async (channel, values, before) => (dryRun ? before + 1 : secrets.put({ tenant, channel }, values)),
})

const lines = (
  { kind, name, outcome, differences }: Omit<Applied, 'faults'>,
  faults: readonly string[],
): string[] => [
  `${outcome.padEnd(9)} ${kind} ${JSON.stringify(name)}`,
  ...[...differences, ...faults].map((each) => `          ${each}`),
]
