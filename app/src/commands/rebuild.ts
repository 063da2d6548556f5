// `secumon rebuild <projection>`, and from any other terminal `secumon rebuild ls | pause | resume | throttle | cancel`.

import { EVENTS_ARCHIVE } from '@secumon/projections/events-archive/project'
import type { BuildSources } from '@secumon/projections/rebuild/build'
import {
  cancel,
  dropRetired,
  isBeingBuilt,
  listGenerations,
  listRebuilds,
  steer,
  type RebuildRow,
} from '@secumon/projections/rebuild/control'
import { rebuild, type Rebuilt } from '@secumon/projections/rebuild/rebuild'
import { InvalidArgumentError, type Command } from 'commander'
import { buildSources } from '../build-sources.ts'
import { settingNames } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { reached, type Platform } from '../platform.ts'
import { explained, horizonText, stoppable } from '../rebuild-run.ts'
import { duration, progressView } from '../rebuild-view.ts'
import { table } from '../status/table.ts'
import { withDatabase, withPlatform } from './command-platform.ts'
import { addSettings, flagsOf } from './options.ts'

type Options = Record<string, unknown> & { rate?: number; undo?: boolean; dropOld?: boolean }

export function define(command: Command): void {
  addSettings(command, settingNames)
    .argument('<projection>', 'samples, logs, agents, latest …')
    .option('--rate <frames>', 'frames a second at most; as fast as it goes when not given', frames)
    .option('--undo', 'go back to the generation before the last rebuild')
    .option('--drop-old', 'remove the generation that was kept for --undo')
    .action((projection: string, options: Options) => run(projection, options))
  tell(command, 'pause', 'hold the rebuild of a projection').action(
    steering((db, projection) => steer(db, projection, { wanted: 'pause' })),
  )
  tell(command, 'resume', 'let it go on').action(
    steering((db, projection) => steer(db, projection, { wanted: 'run' })),
  )
  tell(command, 'cancel', 'end it and remove what it has built').action(steering(cancel))
  addSettings(command.command('throttle'), settingNames)
    .description('change its speed')
    .argument('<projection>')
    .argument('<frames>', 'a second at most, or `off`', (text) => (text === 'off' ? null : frames(text)))
    .action((projection: string, rate: number | null, options: Options) =>
      steering((db) => steer(db, projection, { rate }))(projection, options),
    )
  addSettings(command.command('ls'), settingNames).description('list rebuilds and generations').action(list)
}

const tell = (command: Command, name: string, about: string): Command =>
  addSettings(command.command(name).description(about).argument('<projection>'), settingNames)

async function run(projection: string, options: Options): Promise<void> {
  if (projection === EVENTS_ARCHIVE)
    throw new Exit(
      exitCode.usage,
      `${EVENTS_ARCHIVE} is not rebuilt: it is the record that decides what happened when the log is restored`,
    )
  await withPlatform(flagsOf(options, settingNames), async (platform) => {
    const sources = await buildSources(platform, projection)
    await reached('the rebuild', () => explained(() => act(platform, sources, options)))
  })
}

async function act(platform: Platform, sources: BuildSources, options: Options): Promise<void> {
  const { db, projector } = sources
  if (options.dropOld) {
    const dropped = await dropRetired(db, projector.name)
    for (const { generation, schema } of dropped) console.log(`dropped generation ${generation} (${schema})`)
    if (dropped.length === 0) console.log('no earlier generation is kept')
    return
  }
  const { signal, forget } = stoppable()
  const view = progressView(process.stdout, () => platform.clock.monotonicMs())
  const startedMs = platform.clock.monotonicMs()
  try {
    const rebuilt = await rebuild({
      ...sources,
      purpose: options.undo ? 'undo' : 'rebuild',
      ...(options.rate !== undefined && { rate: options.rate }),
      signal,
      onBegin: ({ generation }, isNew) =>
        console.log(`${isNew ? 'building' : 'going on with'} generation ${generation} of ${projector.name}`),
      onProgress: view.show,
    })
    view.end()
    await conclude(sources, rebuilt, (platform.clock.monotonicMs() - startedMs) / 1_000)
  } finally {
    view.end()
    forget()
  }
}

async function conclude({ db }: BuildSources, { generation, retired, sealedRows }: Rebuilt, seconds: number) {
  const { projection, generation: number } = generation
  console.log(`generation ${number} of ${projection} is live after ${duration(seconds)}`)
  console.log(await horizonText(db, generation))
  if (sealedRows > 0)
    console.log(`${sealedRows.toLocaleString('en')} rows from before it are kept in schema sealed`)
  console.log(
    `generation ${retired.generation} is kept: secumon rebuild ${projection} --undo goes back to it, --drop-old removes it`,
  )
}

type Told = (db: Parameters<typeof cancel>[0], projection: string) => Promise<boolean>

const steering =
  (told: Told) =>
  (projection: string, options: Options): Promise<void> =>
    withDatabase(flagsOf(options, settingNames), async (db) => {
      const isUnderWay = await reached('PostgreSQL', () => told(db, projection))
      if (!isUnderWay) throw new Exit(exitCode.usage, `no rebuild of ${projection} is under way`)
    })

async function list(options: Options): Promise<void> {
  await withDatabase(flagsOf(options, settingNames), async (db) => {
    const rows: string[][] = []
    for (const generation of await reached('PostgreSQL', () => listGenerations(db))) {
      const { projection, generation: number, state, schema } = generation
      const atWork = state === 'building' || state === 'shadow' ? await isBeingBuilt(db, generation) : true
      const remark = atWork ? '' : `no process works on it: secumon rebuild ${projection} goes on with it`
      rows.push([projection, String(number), state, schema, remark])
    }
    for (const line of table(['PROJECTION', 'GENERATION', 'STATE', 'SCHEMA', ''], rows)) console.log(line)
    for (const row of await listRebuilds(db)) console.log(rebuildText(row))
  })
}

function rebuildText(row: RebuildRow): string {
  const { projection, generation, purpose, phase, wanted, rate, done, total, detail } = row
  const share = total > 0 ? ` ${Math.floor((Math.min(done, total) * 100) / total)} % of the archive` : ''
  const asked = wanted === 'run' ? '' : `, asked to ${wanted}`
  const limit = rate === null ? '' : `, at most ${rate} frames/s`
  return `${purpose} of ${projection}, generation ${generation}: ${phase}${share}${asked}${limit}${detail ? `: ${detail}` : ''}`
}

function frames(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.')
  return value
}
