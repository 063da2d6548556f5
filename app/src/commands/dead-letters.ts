// `secumon dead-letters ls | retry | drop`: messages that a projection could not take.

import {
  dropDeadLetters,
  listDeadLetters,
  retryDeadLetters,
  type DeadLetter,
} from '@secumon/projections/dead-letters'
import { ARCHIVE } from '@secumon/projections/archive/archive-key'
import { generationsOf, type Generation } from '@secumon/projections/generations'
import type { Projector } from '@secumon/projections/projector'
import { InvalidArgumentError, type Command } from 'commander'
import { settingNames } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { keptDays } from '../kept-days.ts'
import { lokiOptions } from '../loki.ts'
import { reached, type Platform } from '../platform.ts'
import { archives, readModels } from '../projectors.ts'
import { table } from '../status/table.ts'
import { withDatabase, withPlatform } from './command-platform.ts'
import { addSettings, flagsOf } from './options.ts'

type ListOptions = Record<string, unknown> & { projection?: string; limit: number; json?: boolean }
type DropOptions = Record<string, unknown> & { id?: number; all?: boolean }

const ERROR_CHARACTERS = 80

export function define(command: Command): void {
  act(command, 'ls', 'list them, the oldest first')
    .option('--projection <name>', 'of this projection')
    .option('--limit <count>', 'at most so many, up to 1000', positive, 50)
    .option('--json', 'for programs, with the whole error')
    .action(list)
  act(command, 'retry', 'play all of a projection again; what succeeds is gone from the list')
    .argument('<projection>')
    .action(retry)
  act(command, 'drop', 'give them up: their rows will be missing until a rebuild')
    .argument('<projection>')
    .option('--id <number>', 'this one', positive)
    .option('--all', 'all of the projection')
    .action(drop)
}

const act = (command: Command, name: string, about: string): Command =>
  addSettings(command.command(name).description(about), settingNames)

const list = (options: ListOptions): Promise<void> =>
  withDatabase(flagsOf(options, settingNames), async (db) => {
    const { projection, limit, json } = options
    const filter = { limit, ...(projection !== undefined && { projection }) }
    const letters = await reached('PostgreSQL', () => listDeadLetters(db, filter))
    console.log(json ? JSON.stringify(letters, undefined, 2) : text(letters))
  })

function text(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return 'no dead letters'
  const heading = ['ID', 'PROJECTION', 'AT', 'STREAM', 'POSITION', 'SUBJECT', 'ERROR']
  const rows = letters.map(({ id, projection, atMs, stream, position, subject, error }) => [
    String(id),
    projection,
    new Date(atMs).toISOString().slice(0, 19),
    stream,
    String(position),
    subject,
    error.replaceAll(/\s+/g, ' ').slice(0, ERROR_CHARACTERS),
  ])
  return table(heading, rows).join('\n')
}

const retry = (name: string, options: Record<string, unknown>): Promise<void> =>
  withPlatform(flagsOf(options, settingNames), async (platform) => {
    const projector = await projectorOf(platform, name)
    const db = await platform.database('dead letters command', 2)
    const keys = await platform.keys()
    const generation = (await generationsOf(db, name)).find(({ state }) => state === 'live')
    if (!generation) throw new Exit(exitCode.usage, `${name} has not been built yet`)
    requireOurCode(projector, generation)
    const nowMs = platform.clock.nowMs()
    const { applied, failed } = await retryDeadLetters(db, projector, { generation, keys, nowMs })
    console.log(`${applied} applied, ${failed} failed again`)
    if (failed > 0) process.exitCode = exitCode.temporary
  })

function requireOurCode({ name, version }: Projector, { codeVersion }: Generation): void {
  if (codeVersion === version) return
  const says = `the live tables of ${name} were built by version ${codeVersion} of its code, this program has version ${version}`
  throw codeVersion > version
    ? new Exit(exitCode.configuration, `${says}: run the newer program`)
    : new Exit(exitCode.temporary, `${says}: it is being rebuilt, which takes its dead letters along`)
}

async function projectorOf(platform: Platform, name: string): Promise<Projector> {
  if (name === ARCHIVE.projection)
    throw new Exit(
      exitCode.usage,
      'dead letters of the archive are archived as they are: look, then drop them',
    )
  const cache = await platform.latestCache()
  const parts = {
    live: { publishLive: () => undefined },
    logger: platform.logger,
    cache,
    kept: keptDays(platform.config),
    loki: lokiOptions(platform.config),
  }
  const all = [...readModels, ...archives].flatMap((make) => make(parts))
  const found = all.find((projector) => projector.name === name)
  if (found) return found
  throw new Exit(
    exitCode.usage,
    `no such projection: ${name}; there are ${all.map((p) => p.name).join(', ')}`,
  )
}

const drop = (projection: string, options: DropOptions): Promise<void> =>
  withDatabase(flagsOf(options, settingNames), async (db) => {
    const { id, all } = options
    if ((id === undefined) === (all === undefined)) throw new Exit(exitCode.usage, 'say which: --id or --all')
    const wanted = { projection, ...(id !== undefined && { id }) }
    const dropped = await reached('PostgreSQL', () => dropDeadLetters(db, wanted))
    console.log(`${dropped} dropped`)
    if (dropped === 0) throw new Exit(exitCode.usage, `there was none of ${projection}`)
  })

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a positive number.')
  return value
}
