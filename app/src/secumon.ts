#!/usr/bin/env node
// The command line. Only what the asked command needs is loaded: an agent never loads the server.

import { Command, CommanderError } from 'commander'
import { Exit, exitCode } from './exit.ts'
import { pathFault } from './path-faults.ts'

/** A module below commands/: adds arguments, options and the action. */
type CommandModule = { define(command: Command): void }

const commands: Readonly<Record<string, { about: string; load: () => Promise<CommandModule> }>> = {
  up: { about: 'start everything on this machine', load: () => import('./commands/up.ts') },
  run: { about: 'run roles against given servers', load: () => import('./commands/run.ts') },
  agent: {
    about: 'measure this machine and send it to a SecuMon',
    load: () => import('./commands/agent.ts'),
  },
  load: { about: 'simulate signed agents', load: () => import('./commands/load.ts') },
  status: { about: 'say how a SecuMon is', load: () => import('./commands/status.ts') },
  storage: {
    about: 'say what the database holds and how long its disk lasts',
    load: () => import('./commands/storage.ts'),
  },
  'dead-letters': {
    about: 'list, retry or drop what a projection could not take',
    load: () => import('./commands/dead-letters.ts'),
  },
  messages: {
    about: 'list messages to channels, and send again what failed',
    load: () => import('./commands/messages.ts'),
  },
  logs: {
    about: 'print lines of logs, also from the archive',
    load: () => import('./commands/logs.ts'),
  },
  apply: {
    about: 'bring rules, channels, policies … to what a file says',
    load: () => import('./commands/apply.ts'),
  },
  export: {
    about: 'print rules, channels, policies … as such a file',
    load: () => import('./commands/export.ts'),
  },
  'test-rules': {
    about: 'run scripts of what happens and what is expected of rules',
    load: () => import('./commands/test-rules.ts'),
  },
  token: { about: 'make enrolment tokens', load: () => import('./commands/token.ts') },
  admin: { about: 'help an administrator who is locked out', load: () => import('./commands/admin.ts') },
  keys: { about: 'list, rotate and shred the keys of tenants', load: () => import('./commands/keys.ts') },
  backup: {
    about: 'copy vault and archive, so that they can be put back',
    load: () => import('./commands/backup.ts'),
  },
  restore: { about: 'put a backup back', load: () => import('./commands/restore.ts') },
  archive: {
    about: 'list, print and check what is kept as evidence',
    load: () => import('./commands/archive.ts'),
  },
  rebuild: {
    about: 'build a projection again beside the live one',
    load: () => import('./commands/rebuild.ts'),
  },
  verify: {
    about: 'compare a projection with archive and log, row by row',
    load: () => import('./commands/verify.ts'),
  },
  migrate: { about: 'bring the database to the newest schema', load: () => import('./commands/migrate.ts') },
  version: { about: 'print the version', load: () => import('./commands/version.ts') },
}

async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('secumon').description('Signed, replayable monitoring').exitOverride()
  for (const [name, { about, load }] of Object.entries(commands)) {
    const command = program.command(name).description(about).exitOverride()
    if (name === argv[0]) (await load()).define(command)
  }
  await program.parseAsync(argv, { from: 'user' })
}

async function explain(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage
  const fault = pathFault(error)
  if (fault !== undefined) {
    console.error(`secumon: ${fault}`)
    return exitCode.configuration
  }
  const known = knownCode(error) ?? (await rejectedCode(error))
  console.error(known === undefined ? error : `secumon: ${(error as Error).message}`)
  return known ?? exitCode.software
}

// By name: loading the classes would load what they belong to.
function knownCode(error: unknown): number | undefined {
  if (error instanceof Exit) return error.code
  if (!(error instanceof Error)) return undefined
  const codes: Record<string, number> = {
    ConfigFaults: exitCode.configuration,
    ToolMissing: exitCode.unavailable,
    UnusableCluster: exitCode.configuration,
    BadBackup: exitCode.data,
    BoxSealed: exitCode.configuration,
    NotEmpty: exitCode.configuration,
    SchemaTooNew: exitCode.configuration,
    SecretSealed: exitCode.configuration,
    EditionNotThere: exitCode.configuration,
    UnusableGeneration: exitCode.configuration,
    NewerGenerationLive: exitCode.configuration,
    UnknownRow: exitCode.data,
    ContentFault: exitCode.data,
    LogDisconnected: exitCode.unavailable,
    KeysUnavailable: exitCode.unavailable,
  }
  return codes[error.name]
}

// What the domain or the log says no to, midway.
async function rejectedCode(error: unknown): Promise<number | undefined> {
  if (!(error instanceof Error && error.name === 'Rejected' && 'code' in error)) return undefined
  const { REJECTIONS } = await import('@secumon/gateway/errors')
  return Object.entries(REJECTIONS).find(([code]) => code === error.code)?.[1].exit
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.exitCode = await explain(error)
}
