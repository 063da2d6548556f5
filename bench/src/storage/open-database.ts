// Where a run has its database: on a given server, on a PostgreSQL of our own, for one run or for more, or TimescaleDB's
// full edition in WebAssembly, which has one session and no COPY.

import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeDatabase, openDatabase, type Database } from '@secumon/infra/database/database'
import { OWN_SERVER_SETTINGS, startPostgres } from '@secumon/infra/embedded/postgres'
import { testTimescale } from '@secumon/infra/testing/timescale'
import { migrate } from '@secumon/migrations/migrate'
import { sql } from 'kysely'
import { pino } from 'pino'

export type StorageDatabase = {
  readonly db: Database
  /** Binary COPY goes there. */
  readonly copies: boolean
  /** Closes and removes it, unless it is kept. */
  close(): Promise<void>
}

export type Where = {
  /** A server on which a database is created for the run. */
  readonly url?: string
  /** Where a server of our own keeps it for further runs. */
  readonly data?: string
  /** TimescaleDB's full edition in WebAssembly, to see that it goes; its times say nothing. */
  readonly wasm: boolean
}

type Place = { readonly url: string; readonly copies: boolean; remove(): Promise<void> }

const open = (url: string): Database =>
  openDatabase({
    url,
    poolSize: 4,
    applicationName: 'bench',
    logger: pino({ level: 'warn' }),
    statementTimeoutMs: 3_600_000,
  })

/** Migrated; empty where nothing was kept. */
export async function openStorageDatabase(where: Where): Promise<StorageDatabase> {
  const place = await placeOf(where)
  const db = open(place.url)
  const close = async () => {
    await closeDatabase(db)
    await place.remove()
  }
  try {
    await migrate(db)
  } catch (error) {
    await close()
    throw error
  }
  return { db, copies: place.copies, close }
}

function placeOf({ url, data, wasm }: Where): Promise<Place> {
  if (url !== undefined) return onServer(url)
  if (data !== undefined) return inDirectory(data)
  return wasm ? inWasm() : onOwnServer()
}

async function onServer(server: string): Promise<Place> {
  const name = `secumon_bench_${randomBytes(4).toString('hex')}`
  await execute(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = name
  const available = `select 1 from pg_available_extensions where name = 'timescaledb'`
  if ((await execute(url.href, available)) > 0)
    await execute(url.href, 'create extension if not exists timescaledb')
  return {
    url: url.href,
    copies: true,
    remove: async () => void (await execute(server, `drop database ${name} with (force)`)),
  }
}

/** The number of rows it gives. */
async function execute(url: string, statement: string): Promise<number> {
  const db = open(url)
  try {
    return (await sql.raw(statement).execute(db)).rows.length
  } finally {
    await closeDatabase(db)
  }
}

async function onOwnServer(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), 'secumon-bench-'))
  const place = await inDirectory(directory)
  const remove = async () => {
    await place.remove()
    await rm(directory, { recursive: true, force: true })
  }
  return { ...place, remove }
}

async function inDirectory(directory: string): Promise<Place> {
  await mkdir(directory, { recursive: true })
  const { url, child } = await startPostgres({ directory, settings: OWN_SERVER_SETTINGS, guardAfterS: 0 })
  return { url, copies: true, remove: () => child.stop('SIGINT') }
}

async function inWasm(): Promise<Place> {
  const ends: (() => Promise<void>)[] = []
  const { url } = await testTimescale({ after: (end) => void ends.push(end) })
  const remove = async () => {
    for (const end of ends) await end()
  }
  return { url, copies: false, remove }
}
