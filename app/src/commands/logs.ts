// `secumon logs`: lines of logs, from where they are searched, or from the archive when they are older than that.

import { isUlid } from '@secumon/contracts/ids'
import { LOG_SEVERITIES } from '@secumon/contracts/log-severity'
import { DEFAULT_TENANT } from '@secumon/contracts/subjects'
import type { ArchivedLeaf } from '@secumon/infra/archive/archive'
import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import { untyped } from '@secumon/infra/database/database'
import { LogQueryRefused, type LineFilter } from '@secumon/projections/logs/queries/log-store'
import { tenantScope } from '@secumon/projections/tenant-scope'
import { InvalidArgumentError, type Command } from 'commander'
import { archivePlace } from '../archive-place.ts'
import { settingNames } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { logStore } from '../log-store.ts'
import { archivedLines } from '../logs/archived-lines.ts'
import { printLines } from '../logs/print-lines.ts'
import { readingProgress } from '../logs/reading-progress.ts'
import { storedLines } from '../logs/stored-lines.ts'
import { reached, type Platform } from '../platform.ts'
import { toldOfArchive } from '../archive/told.ts'
import { withPlatform } from './command-platform.ts'
import { addSettings, flagsOf } from './options.ts'

type Options = Record<string, unknown> & {
  tenant: string
  from?: number
  to?: number
  agent?: string
  source?: string[]
  severity?: number[]
  withoutSource?: string[]
  withoutSeverity?: number[]
  words?: string[]
  grep?: RegExp
  archive?: boolean
  json?: boolean
}

const HOUR_MS = 3_600_000
/** Here --archive is another question; where it lies is told by SECUMON_ARCHIVE or the file. */
const SETTINGS = settingNames.filter((name) => name !== 'archiveDirectory')

export function define(command: Command): void {
  addSettings(command, SETTINGS)
    .description('print lines of logs, oldest first')
    .option('--tenant <tenant>', 'whose', DEFAULT_TENANT)
    .option(
      '--from <time>',
      'only lines from then on, e.g. 2026-11-21T10:00Z; an hour ago when not given',
      time,
    )
    .option('--to <time>', 'only lines before then', time)
    .option('--agent <agent>', 'only of this agent', agentId)
    .option('--source <sources>', 'only of these sources, separated by commas', names)
    .option('--severity <severities>', `only of these: ${LOG_SEVERITIES.join(', ')}`, severities)
    .option('--without-source <sources>', 'none of these sources, separated by commas', names)
    .option('--without-severity <severities>', 'none of these severities, separated by commas', severities)
    .option(
      '--words <words>',
      'only what has all of these parts, in any order, upper and lower case alike',
      words,
    )
    .option('--grep <expression>', 'only what matches this regular expression', expression)
    .option('--archive', 'from the archive: also what is too old to be searched; in the order of arrival')
    .option('--json', 'one line of JSON each')
    .action((options: Options) =>
      withPlatform(flagsOf(options, SETTINGS), (platform) =>
        options.archive ? fromArchive(platform, options) : fromStore(platform, options),
      ),
    )
}

function rangeOf({ from, to }: Options, nowMs: number) {
  const range = { fromMs: from ?? nowMs - HOUR_MS, toMs: to ?? nowMs }
  if (range.fromMs >= range.toMs) throw new Exit(exitCode.usage, '--from must be before --to')
  return range
}

const filterOf = ({ source, severity, agent, ...options }: Options): LineFilter => ({
  ...(source && { sources: source }),
  ...(severity && { severities: severity }),
  ...(agent !== undefined && { agents: [agent] }),
  ...(options.words && { words: options.words }),
  without: {
    ...(options.withoutSource && { sources: options.withoutSource }),
    ...(options.withoutSeverity && { severities: options.withoutSeverity }),
  },
})

async function fromStore(platform: Platform, options: Options): Promise<void> {
  const { config, clock } = platform
  const db = untyped(await platform.database('logs command', 2))
  const store = logStore(config, db, () => clock.monotonicMs())
  const regex = options.grep && { regex: options.grep.source }
  const wanted = { ...filterOf(options), ...rangeOf(options, clock.nowMs()), ...regex }
  const lines = storedLines(store, tenantScope(options.tenant), wanted)
  await reached('PostgreSQL', () => printLines(lines, options)).catch((error: unknown) => {
    if (!(error instanceof LogQueryRefused)) throw error
    throw new Exit(error.refusal === 'away' ? exitCode.unavailable : exitCode.usage, error.message, {
      cause: error,
    })
  })
}

async function fromArchive(platform: Platform, options: Options): Promise<void> {
  const { config, clock } = platform
  const { tenant, agent, grep } = options
  const reader = openArchiveReader({ ...archivePlace(config), keys: await platform.keys() })
  const progress = readingProgress(process.stderr, () => clock.monotonicMs())
  const wanted = {
    tenant,
    ...rangeOf(options, clock.nowMs()),
    filter: filterOf(options),
    ...(agent !== undefined && { agent }),
    ...(grep && { grep }),
  }
  const onUnreadable = ({ tenant: whose, leaf }: ArchivedLeaf, error: unknown): void => {
    progress.clear()
    process.exitCode = exitCode.data
    console.error(
      `leaf ${leaf} of ${whose} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const lines = archivedLines(reader, wanted, { onProgress: progress.show, onUnreadable })
  await reached('the archive', () => toldOfArchive(() => printLines(lines, options))).finally(progress.clear)
}

function time(text: string): number {
  const ms = Date.parse(text)
  if (!Number.isNaN(ms)) return ms
  throw new InvalidArgumentError('It must be a time like 2026-11-21T10:00Z, or a day.')
}

function agentId(text: string): string {
  if (isUlid(text)) return text
  throw new InvalidArgumentError('It must be the id of an agent, 26 characters.')
}

function words(text: string): string[] {
  const parts = text.split(/\s+/).filter((word) => word !== '')
  if (parts.length > 0) return parts
  throw new InvalidArgumentError('It must be words, separated by blanks.')
}

const names = (text: string): string[] => text.split(',').filter((name) => name !== '')

function severities(text: string): number[] {
  return names(text).map((name) => {
    const number = LOG_SEVERITIES.findIndex((known) => known === name)
    if (number < 0) throw new InvalidArgumentError(`It must be of ${LOG_SEVERITIES.join(', ')}.`)
    return number
  })
}

function expression(text: string): RegExp {
  try {
    return new RegExp(text, 'u')
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}
