// `secumon storage status`: what the database holds, what is done to it by itself, and how long its disk lasts.

import { storageStatus } from '@secumon/projections/storage/queries/status'
import { hastenJob } from '@secumon/projections/storage/job-rows'
import type { Command } from 'commander'
import { settingNames } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { reached } from '../platform.ts'
import { renderStorage } from '../status/render-storage.ts'
import { storageProblems } from '../status/storage-problems.ts'
import { withPlatform } from './command-platform.ts'
import { addSettings, flagsOf } from './options.ts'
import { defineRetention } from './storage-retention.ts'

type Options = Record<string, unknown> & { json?: boolean }

/** Sizes of many relations may take their time. */
const STATEMENT_TIMEOUT_MS = 120_000

export function define(command: Command): void {
  act(command, 'status', 'say how large everything is, what is done to it, and how long the disk lasts')
    .option('--json', 'for programs')
    .action(status)
  act(command, 'run', 'have a job done as soon as somebody can, whenever it is due')
    .argument('<job>', 'as `secumon storage status` calls it')
    .action(run)
  defineRetention(
    command.command('retention').description('show or set how long the data of a tenant is kept'),
  )
}

const act = (command: Command, name: string, about: string): Command =>
  addSettings(command.command(name).description(about), settingNames)

const status = (options: Options): Promise<void> =>
  withPlatform(flagsOf(options, settingNames), async (platform) => {
    const db = await platform.database('storage command', 4, STATEMENT_TIMEOUT_MS)
    const nowMs = platform.clock.nowMs()
    const found = await reached('PostgreSQL', () => storageStatus(db, nowMs))
    const problems = storageProblems(found, nowMs)
    console.log(
      options.json
        ? JSON.stringify({ ...found, problems }, undefined, 2)
        : renderStorage(found, problems, nowMs),
    )
    if (problems.length > 0) process.exitCode = exitCode.temporary
  })

const run = (name: string, options: Options): Promise<void> =>
  withPlatform(flagsOf(options, settingNames), async (platform) => {
    const db = await platform.database('storage command', 1)
    const known = await reached('PostgreSQL', () => hastenJob(db, name, platform.clock.nowMs()))
    if (!known) throw new Exit(exitCode.usage, `there is no job ${name}; see: secumon storage status`)
    console.log(`${name} is due now: some role archiver does it within seconds`)
  })
