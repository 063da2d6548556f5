// One PostgreSQL for a whole run of tests: a database on it costs a tenth of a server, and each test has one of its own.

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres } from '../embedded/postgres.ts'

const VARIABLE = 'SECUMON_TEST_POSTGRES'

/** Settings of a server that does not care for a power cut. */
export const CARELESS = { fsync: 'off', full_page_writes: 'off' }

export type SharedPostgres = {
  /** What the processes of the run find it by. */
  readonly environment: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** Starts the server of a run, which ends with this process even when it is not stopped. */
export async function startSharedPostgres(): Promise<SharedPostgres> {
  const directory = await mkdtemp(join(tmpdir(), 'secumon-test-'))
  const settings = { ...CARELESS, max_connections: '400' }
  const { url, child } = await startPostgres({ directory, settings, guardAfterS: 0 })
  const stop = async () => {
    await child.stop('SIGQUIT')
    await rm(directory, { recursive: true, force: true })
  }
  return { environment: { [VARIABLE]: url }, stop }
}

export type OwnDatabase = {
  readonly url: string
  /** Whoever is still connected is thrown out. */
  drop(): Promise<void>
}

/** An empty database on the run's server; undefined where no run has started one. */
export async function createOwnDatabase(): Promise<OwnDatabase | undefined> {
  const server = process.env[VARIABLE]
  if (server === undefined) return undefined
  const name = `test_${randomBytes(6).toString('hex')}`
  await execute(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = name
  return { url: url.href, drop: () => execute(server, `drop database ${name} with (force)`) }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
