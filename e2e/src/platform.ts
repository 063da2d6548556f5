// A whole SecuMon out of real processes on free ports: nats-server, PostgreSQL, and each role in a process of its own,
// all of which a story may kill, stop and start again on the same data.

import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { SERVER_NODE_FLAGS } from '@secumon/app/node-flags'
import { freePort, runToEnd, startChild, waitUntilReady, type Child } from '@secumon/infra/embedded/child'
import { startNatsServer, type NatsServer } from '@secumon/infra/embedded/nats-server'
import { OWN_SERVER_SETTINGS, startPostgres, type PostgresServer } from '@secumon/infra/embedded/postgres'
import { ensureTool } from '@secumon/infra/embedded/tools'

export const SECUMON = join(import.meta.dirname, '../../app/src/secumon.ts')
export const ADMIN_PASSWORD = 'a password for stories'

/** Server roles; the two groups are what the all-in-one runs. */
export type RoleName = 'ingest' | 'projector' | 'archiver' | 'api' | 'alerter'

/** Of a PostgreSQL that may lose its last seconds at a power cut. */
export const VOLATILE_SETTINGS = { fsync: 'off', full_page_writes: 'off' }

const START_TIMEOUT_MS = 60_000
const COMMAND_TIMEOUT_MS = 30_000

export type PlatformOptions = {
  readonly directory: string
  /** PostgreSQL that may lose its last seconds at a power cut: for stories; benchmarks measure the real thing. */
  readonly volatile?: boolean
  readonly environment?: Readonly<Record<string, string>>
  /** The program that makes it and runs first, in place of this checkout's. */
  readonly release?: Release
}

/** A SecuMon of another version. */
export type Release = {
  /** Its secumon.ts. */
  readonly program: string
  /** Settings that it does not know. */
  readonly unknown: readonly string[]
}

/** This checkout. */
export const PRESENT: Release = { program: SECUMON, unknown: [] }

export class Platform {
  readonly directory: string
  readonly apiUrl: string
  environment: Readonly<Record<string, string>>
  /** What commands and roles are started from. */
  release: Release
  postgres: PostgresServer
  nats: NatsServer
  readonly #settings: Readonly<Record<string, string>>
  #database: pg.Pool
  readonly #roles = new Map<string, Child>()

  private constructor({ directory, release = PRESENT }: PlatformOptions, servers: Servers) {
    this.directory = directory
    this.release = release
    this.#settings = servers.settings
    this.nats = servers.nats
    this.postgres = servers.postgres
    this.environment = servers.environment
    this.apiUrl = `http://127.0.0.1:${servers.environment['SECUMON_PORT']}`
    this.#database = pool(servers.postgres.url)
  }

  /** Starts the servers and makes the schema; roles are started one by one. */
  static async start(options: PlatformOptions): Promise<Platform> {
    const { directory } = options
    await mkdir(directory, { recursive: true })
    const settings = options.volatile ? VOLATILE_SETTINGS : OWN_SERVER_SETTINGS
    const [nats, postgres] = await Promise.all([
      startNatsServer({
        program: await ensureTool('nats-server'),
        directory: join(directory, 'nats'),
        guardAfterS: 0,
      }),
      startPostgres({ directory: join(directory, 'postgres'), settings, guardAfterS: 0 }),
    ])
    const environment = {
      ...options.environment,
      NATS_URL: nats.url,
      DATABASE_URL: postgres.url,
      SECUMON_PORT: String(await freePort()),
      SECUMON_INGEST_PORT: String(await freePort()),
      SECUMON_DATA: join(directory, 'data'),
      SECUMON_MASTER_KEY: randomBytes(32).toString('base64'),
      SECUMON_ADMIN_PASSWORD: ADMIN_PASSWORD,
      SECUMON_RESERVE_MB: '1',
    }
    const platform = new Platform(options, { nats, postgres, environment, settings })
    await platform.command('migrate')
    return platform
  }

  /** Runs a command of the CLI to its end and gives what it printed. */
  command(...args: readonly string[]): Promise<string> {
    return runToEnd(process.execPath, [this.release.program, ...args], {
      env: this.#environmentOf(this.environment),
      timeoutMs: COMMAND_TIMEOUT_MS,
    })
  }

  /** An enrolment token good for `uses` agents. */
  async token(uses: number): Promise<string> {
    const printed = await this.command('token', 'create', '--uses', String(uses))
    return printed.trim().split(/\s+/).at(-1) ?? ''
  }

  /** Starts roles in one process and waits until it says it is ready. @param name to kill it by */
  async run(
    name: string,
    roles: readonly RoleName[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Child> {
    let ready = false
    const child = await startChild(
      process.execPath,
      [...SERVER_NODE_FLAGS, this.release.program, 'run', ...roles],
      {
        env: this.#environmentOf({ ...this.environment, ...environment }),
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        guard: { signal: 'SIGTERM', afterS: 0 },
        onMessage: () => (ready = true),
      },
    )
    await waitUntilReady(
      child,
      () => (ready ? Promise.resolve() : Promise.reject(new Error('not ready'))),
      START_TIMEOUT_MS,
    )
    this.#roles.set(name, child)
    return child
  }

  /** The roles as the all-in-one groups them. */
  async runAll(): Promise<void> {
    await this.run('core', ['projector', 'archiver', 'api'])
    await this.run('ingest', ['ingest'])
  }

  role(name: string): Child {
    const child = this.#roles.get(name)
    if (!child) throw new Error(`no process ${name}`)
    return child
  }

  get roles(): ReadonlyMap<string, Child> {
    return this.#roles
  }

  async end(name: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.role(name).stop(signal)
    this.#roles.delete(name)
  }

  /** Stops nats-server, lets the story change its store, and starts it again on the same port. */
  async restartNats(
    meanwhile: (storeDirectory: string) => Promise<void> = async () => undefined,
  ): Promise<void> {
    await this.nats.child.stop('SIGTERM')
    await meanwhile(join(this.directory, 'nats', 'jetstream'))
    const { port } = this.nats
    this.nats = await startNatsServer({
      program: await ensureTool('nats-server'),
      directory: join(this.directory, 'nats'),
      port,
      guardAfterS: 0,
    })
  }

  /** Loses the database with its disk: there is a new one, empty, elsewhere. */
  async losePostgres(): Promise<void> {
    await this.#database.end()
    await this.postgres.child.stop('SIGKILL')
    const directory = join(this.directory, 'postgres')
    await rm(this.postgres.runsAs.directory, { recursive: true })
    await rm(directory, { recursive: true, force: true })
    this.postgres = await startPostgres({ directory, settings: this.#settings, guardAfterS: 0 })
    this.environment = { ...this.environment, DATABASE_URL: this.postgres.url }
    this.#database = pool(this.postgres.url)
  }

  #environmentOf(ours: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    const { unknown } = this.release
    const known = Object.entries(ours).filter(([name]) => !unknown.includes(name))
    return { ...process.env, ...Object.fromEntries(known) }
  }

  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#database.query<Row>(text, [...values])).rows
  }

  /** The schema of the live generation of a projection. */
  async schemaOf(projection: string): Promise<string> {
    const [row] = await this.query<{ schema: string }>(
      'select schema from secumon.projection_live where projection = $1',
      [projection],
    )
    if (!row) throw new Error(`no generation of ${projection}`)
    return row.schema
  }

  async stop(): Promise<void> {
    for (const name of [...this.#roles.keys()].toReversed()) await this.end(name)
    await this.#database.end()
    await Promise.all([this.nats.child.stop('SIGKILL'), this.postgres.child.stop('SIGINT')])
  }
}

function pool(connectionString: string): pg.Pool {
  const made = new pg.Pool({ connectionString, max: 2 })
  // A server that is stopped under an idle connection is part of the story.
  return made.on('error', () => undefined)
}

type Servers = {
  readonly nats: NatsServer
  readonly postgres: PostgresServer
  readonly environment: Readonly<Record<string, string>>
  readonly settings: Readonly<Record<string, string>>
}
