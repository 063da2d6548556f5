// `secumon up`: everything on this machine, from an empty directory to the first reading on screen, and down again in
// order.

import { migrate } from '@secumon/migrations/migrate'
import { describeDatabase, timeSeriesDatabase } from '@secumon/migrations/timescale'
import { closeDatabase, openDatabase, type Database } from '@secumon/infra/database/database'
import { isPortFree } from '@secumon/infra/embedded/ports'
import { pino } from 'pino'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { Exit, exitCode, type ExitCode } from '../exit.ts'
import { Lifetime, stopSignal } from '../lifecycle.ts'
import { productVersion } from '../version.ts'
import { buildAgent, buildInterface } from './builds.ts'
import { makeMetricsDirectory, openDataDirectory, type DataDirectory } from './data-directory.ts'
import { firstFrame } from './first-frame.ts'
import { lockDirectory } from './lock.ts'
import { farewell, greeting } from './messages.ts'
import { openInBrowser } from './open-in-browser.ts'
import { writeOwnLogsFile } from './own-logs-file.ts'
import {
  agentProgram,
  apiUrl,
  demoProgram,
  rolesProgram,
  viteProgram,
  type ProgramsContext,
} from './programs.ts'
import { writeRunFile } from './run-file.ts'
import { startServers } from './servers.ts'
import { Steps } from './steps.ts'
import { Supervised, type Program } from './supervisor.ts'
import { firstAdmin, masterKeysOf, ownEnrolmentToken } from './vault.ts'

export type UpOptions = {
  readonly config: Config
  /** Measures this machine. */
  readonly withAgent: boolean
  /** Simulated agents beside it. */
  readonly demoAgents: number
  readonly openBrowser: boolean
  /** Sources are being worked on. */
  readonly dev: boolean
}

type Up = UpOptions & {
  readonly steps: Steps
  readonly lifetime: Lifetime
  readonly startedAtMs: number
  readonly stopping: AbortController
}

const FIRST_FRAME_TIMEOUT_MS = 60_000
const PORT_PATIENCE_MS = 6_000
const AGENT_GRACE_MS = 1_000
const ROLE_GRACE_MS = 2_500

/** Runs until a signal comes. Returns the exit code. */
export async function up(options: UpOptions): Promise<ExitCode> {
  const logger = pino({ level: 'warn' }, pino.destination(2))
  const lifetime = new Lifetime(logger)
  const signal = stopSignal()
  const stopping = new AbortController()
  const context = {
    ...options,
    steps: new Steps(stopping.signal),
    lifetime,
    startedAtMs: Date.now(),
    stopping,
  }
  try {
    await Promise.race([start(context).then(() => signal.received), signal.received])
    const askedAt = performance.now()
    stopping.abort()
    await lifetime.end()
    context.steps.plain(`\n${farewell(performance.now() - askedAt)}`)
    return exitCode.ok
  } finally {
    stopping.abort()
    await lifetime.end()
    // What a half-done start left running (a build, say) must not keep the process.
    setTimeout(() => process.exit(), 200).unref()
  }
}

async function start(context: Up): Promise<void> {
  const { config, steps, lifetime } = context
  const directory = await openDataDirectory(config.dataDirectory)
  steps.plain(`SecuMon ${await productVersion()} · data in ${directory.path}`)
  const healed = await takeDirectory(context, directory)
  await requirePorts(config, healed ? PORT_PATIENCE_MS : 0)
  const built = startBuilds(context.dev)
  const servers = await startServers({ config, directory, lifetime, steps })
  const db = await preparedDatabase(context, servers.databaseUrl)
  const keys = await masterKeysOf(config, directory)
  const admin = await steps.step('users', () => firstAdmin(db, config))
  await steps.step('interface', () => built.interface)
  const programs = { config, directory, servers, ...keys, dev: context.dev }
  await startRoles(context, programs)
  lifetime.own('run file', await writeRunFile(directory.path, { ...servers, ...keys, port: config.port }))
  await steps.step('agent', () => built.agent)
  await startAgents(context, programs, db)
  if (context.dev) keep(context, viteProgram(programs), AGENT_GRACE_MS)
  steps.plain(greeting({ config, admin, logs: directory.at('logs') }))
  if (context.openBrowser) await openInBrowser(apiUrl(config))
}

/** Whether an earlier start ended without having stopped. */
async function takeDirectory({ steps, lifetime }: Up, directory: DataDirectory): Promise<boolean> {
  return steps.step('data directory', async () => {
    const lock = await lockDirectory(directory.path)
    lifetime.own('lock', lock.release)
    const healed = lock.healed === undefined ? '' : ` (process ${lock.healed} of an earlier start is gone)`
    return {
      line: `data directory ${directory.isNew ? 'made' : 'is there'}${healed}`,
      value: lock.healed !== undefined,
    }
  })
}

async function requirePorts({ host, port, ingestPort }: Config, patienceMs: number): Promise<void> {
  const wanted = [
    { number: port, flag: '--port' },
    { number: ingestPort, flag: '--ingest-port' },
  ]
  for (const { number, flag } of wanted)
    if (!(await getsFree(number, host, patienceMs)))
      throw new Exit(
        exitCode.unavailable,
        `port ${number} of ${host} is taken; choose another with ${flag} NUMBER`,
      )
}

// Roles of an earlier start that was killed need a moment to end.
async function getsFree(port: number, host: string, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs
  while (!(await isPortFree(port, host))) {
    if (performance.now() >= deadline) return false
    await sleep(100)
  }
  return true
}

// Begun early: the servers start while they are at it. Failures are told at their step.
function startBuilds(dev: boolean) {
  const fromVite = Promise.resolve({ line: 'interface at http://localhost:5173', value: '' })
  const builds = { interface: dev ? fromVite : buildInterface(), agent: buildAgent() }
  for (const build of Object.values(builds)) build.catch(() => undefined)
  return builds
}

async function preparedDatabase({ config, lifetime, steps }: Up, url: string): Promise<Database> {
  const logger = pino({ level: 'silent' })
  const { timescale } = config
  const db = openDatabase({ url, timescale, poolSize: 2, applicationName: 'secumon up', logger })
  lifetime.own('database of up', () => closeDatabase(db))
  await steps.step('schema', async () => {
    const found = describeDatabase(await timeSeriesDatabase(db))
    const applied = await migrate(db)
    return {
      line: `schema ${applied.length > 0 ? `brought up (${applied.join(', ')})` : 'is up to date'}: ${found}`,
      value: undefined,
    }
  })
  return db
}

async function startRoles(context: Up, programs: ProgramsContext): Promise<void> {
  await context.steps.step('roles', async () => {
    const core = keep(
      context,
      rolesProgram(programs, 'core', ['archiver', 'projector', 'api']),
      ROLE_GRACE_MS,
    )
    const others = ['ingest', 'alerter'].map((role) =>
      keep(context, rolesProgram(programs, role, [role]), ROLE_GRACE_MS),
    )
    await Promise.all([core, ...others].map(({ ready }) => ready))
    return { line: 'roles started: archiver, projector, api · ingest · alerter', value: undefined }
  })
}

async function startAgents(context: Up, programs: ProgramsContext, db: Database): Promise<void> {
  const { directory } = programs
  if (context.demoAgents > 0) {
    const wanted = { uses: 1_000_000, note: 'simulated fleet of this machine' }
    const token = await ownEnrolmentToken(db, directory.at('demo.token'), wanted)
    keep(context, demoProgram(programs, token, context.demoAgents), AGENT_GRACE_MS)
    context.steps.say(`${context.demoAgents} simulated agents started, tagged demo`)
  }
  if (!context.withAgent) return
  const token = await ownEnrolmentToken(db, directory.at('agent.token'), {
    uses: 100,
    note: 'agent of this machine',
  })
  const logsFile = context.config.logsFile ?? (await writeOwnLogsFile(directory))
  const metricsDirectory = context.config.metricsDirectory ?? (await makeMetricsDirectory(directory))
  const program = agentProgram(programs, { enrolmentToken: token, logsFile, metricsDirectory })
  const agent = keep(context, program, AGENT_GRACE_MS)
  const { startedAtMs: sinceMs, stopping } = context
  const waiting = {
    db,
    apiUrl: apiUrl(context.config),
    sinceMs,
    timeoutMs: FIRST_FRAME_TIMEOUT_MS,
    signal: stopping.signal,
  }
  await context.steps.step('first reading', () => Promise.race([firstFrame(waiting), agent.hopeless]))
}

function keep({ lifetime, steps }: Up, program: Program, graceMs: number): Supervised {
  const supervised = Supervised.start(program, { say: steps.say })
  lifetime.own(program.name, () => supervised.stop(graceMs))
  return supervised
}
