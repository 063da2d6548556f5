// `secumon archive ls | cat | check | accept-loss`: what the archive holds, its records, whether it is as it was written
// (check exits with 65 when it is not), and going on when a part of it is gone.

import { isUlid } from '@secumon/contracts/ids'
import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import { describeFinding, type Finding } from '@secumon/infra/archive/check-findings'
import { checkArchive, type CheckSummary } from '@secumon/infra/archive/check'
import { SEGMENT_KINDS } from '@secumon/infra/archive/segment-file'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { archivePlace } from '../archive-place.ts'
import { printRecords, type Wanted } from '../archive/cat.ts'
import { checkProgress, summaryLines } from '../archive/check-view.ts'
import { toldOfArchive } from '../archive/told.ts'
import { chosen, listLines, segmentView, totalsOf, withTimes, type ListFilter } from '../archive/list.ts'
import { settingNames } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { reached, type Platform } from '../platform.ts'
import { acceptLossCommand } from './accept-loss.ts'
import { withPlatform } from './command-platform.ts'
import { addSettings, flagsOf } from './options.ts'

type Given<Options> = Options & Record<string, unknown>

export function define(command: Command): void {
  const kind = () => new Option('--kind <kind>', 'only of this kind').choices(SEGMENT_KINDS)
  subcommand(command, 'ls', 'list the segments, with totals', list)
    .option('--tenant <tenant>', 'only of this tenant')
    .addOption(kind())
    .option('--from <day>', 'only from this day on, e.g. 2026-11-21', day)
    .option('--to <day>', 'only up to this day', day)
    .option('--times', 'also when their first and last records were received; reads their indexes')
    .option('--json', 'one line of JSON a segment, and one of totals')
  subcommand(command, 'cat [segment]', 'print records as lines of JSON', cat)
    .option('--tenant <tenant>', 'only of this tenant')
    .addOption(kind())
    .option('--agent <agent>', 'only what concerns this agent', agentId)
    .option('--from <time>', 'only what was received from then on, e.g. 2026-11-21T10:00Z', time)
    .option('--to <time>', 'only what was received before then', time)
    .option('--json', 'records in full')
    .option('--raw', 'records as they were archived: payload in base64, leaf hash in hexadecimal')
  subcommand(command, 'check', 're-read everything and say what is not as it was written, and where', check)
    .option('--tenant <tenant>', 'only of this tenant')
    .option('--since <day>', 'only telemetry and logs from this day on; events are always read', day)
    .option('--no-signatures', 'leave out what takes the longest')
    .option('--json', 'one line of JSON a finding, and one of the summary')
  subcommand(
    command,
    'accept-loss',
    'go on without what the archive has lost, after saying what',
    acceptLossCommand,
  ).option('--yes', 'do not ask')
}

type Work<Options> = (platform: Platform, options: Given<Options>, argument?: string) => Promise<void>

function subcommand<Options>(command: Command, name: string, about: string, work: Work<Options>): Command {
  return addSettings(command.command(name), settingNames)
    .description(about)
    .action(async (...given: unknown[]) => {
      // Arguments, options, command.
      const options = given.at(-2) as Given<Options>
      const argument = given.length > 2 ? (given[0] as string | undefined) : undefined
      await withPlatform(flagsOf(options, settingNames), (platform) =>
        reached('the archive', () => toldOfArchive(() => work(platform, options, argument))),
      )
    })
}

type ListOptions = ListFilter & { json?: boolean; times?: boolean }

async function list({ config, keys }: Platform, options: Given<ListOptions>): Promise<void> {
  const place = archivePlace(config)
  const reader = openArchiveReader({ ...place, keys: await keys() })
  const found = chosen(await reader.segments(), options)
  const segments = options.times ? await withTimes(found, place.store) : found
  const lines = options.json
    ? [...segments.map(segmentView), totalsOf(segments)].map((each) => JSON.stringify(each))
    : listLines(segments, options)
  for (const line of lines) console.log(line)
  if (found.length === 0) console.error(`nothing is there; the directory is ${place.directory}`)
}

type CatOptions = Omit<Wanted, 'segment' | 'fromMs' | 'toMs'> & {
  from?: number
  to?: number
  json?: boolean
  raw?: boolean
}

async function cat({ config, keys }: Platform, options: Given<CatOptions>, segment?: string): Promise<void> {
  const { tenant, kind, agent, from, to, json, raw } = options
  if (segment === undefined && agent === undefined && from === undefined)
    throw new Exit(exitCode.usage, 'name a segment (see: secumon archive ls), --agent, or --from')
  const wanted: Wanted = {
    ...(segment !== undefined && { segment }),
    ...(tenant !== undefined && { tenant }),
    ...(kind !== undefined && { kind }),
    ...(agent !== undefined && { agent }),
    ...(from !== undefined && { fromMs: from }),
    ...(to !== undefined && { toMs: to }),
  }
  const reader = openArchiveReader({ ...archivePlace(config), keys: await keys() })
  const detail = raw ? 'raw' : json ? 'full' : 'summary'
  // Whoever reads only the first lines closes the pipe: nothing is wrong then.
  process.stdout.on('error', () => process.exit(exitCode.ok))
  await printRecords(reader, wanted, { detail, output: process.stdout })
}

type CheckCommandOptions = { tenant?: string; since?: string; signatures: boolean; json?: boolean }

async function check(platform: Platform, options: Given<CheckCommandOptions>): Promise<void> {
  const { clock } = platform
  const startedMs = clock.monotonicMs()
  const progress = checkProgress(process.stderr, () => clock.monotonicMs())
  const onFinding = (finding: Finding): void => {
    progress.clear()
    console.log(options.json ? JSON.stringify(finding) : describeFinding(finding))
  }
  const summary = await checked(platform, options, { onFinding, onProgress: progress.show })
  progress.clear()
  const lines = options.json
    ? [JSON.stringify({ summary })]
    : summaryLines(summary, clock.monotonicMs() - startedMs)
  for (const line of lines) console.log(line)
  if (Object.keys(summary.findings).length > 0) process.exitCode = exitCode.data
}

type Listeners = Pick<Parameters<typeof checkArchive>[0], 'onFinding' | 'onProgress'>

async function checked(
  platform: Platform,
  { tenant, since, signatures }: CheckCommandOptions,
  listeners: Listeners,
): Promise<CheckSummary> {
  const { config, keys } = platform
  const db = await platform.database('archive check', 1)
  // Read first: so much must be there at least.
  const row = await db.selectFrom('secumon.archive_progress').select('flush').executeTakeFirst()
  return checkArchive({
    ...archivePlace(config),
    keys: await keys(),
    signatures,
    committedFlush: row?.flush ?? 0,
    ...(tenant !== undefined && { tenant }),
    ...(since !== undefined && { since }),
    ...listeners,
  })
}

function day(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))) return text
  throw new InvalidArgumentError('It must be a day like 2026-11-21.')
}

function agentId(text: string): string {
  if (isUlid(text)) return text
  throw new InvalidArgumentError('It must be the id of an agent, 26 characters.')
}

function time(text: string): number {
  const ms = Date.parse(text)
  if (!Number.isNaN(ms)) return ms
  throw new InvalidArgumentError('It must be a time like 2026-11-21T10:00Z, or a day.')
}
