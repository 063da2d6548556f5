// TimescaleDB's full edition for tests: PostgreSQL in WebAssembly, in a thread, behind a port. It has one session and no
// background workers: connections take turns, a policy runs by `call run_job(id)`, and COPY breaks it.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { WANTED_EDITION } from '@secumon/migrations/timescale'
import pg from 'pg'
import type { Scope } from './servers.ts'

export type TimescaleServer = {
  readonly url: string
  /** Drops every schema but `public`, and forgets which edition was wanted. */
  clear(): Promise<void>
}

/** An empty database with TimescaleDB: it takes some seconds and half a gigabyte, so one for a file of tests. */
export async function testTimescale(scope: Scope): Promise<TimescaleServer> {
  const thread = new Worker(new URL('timescale-thread.ts', import.meta.url))
  scope.after(async () => void (await thread.terminate()))
  const [{ port }] = (await once(thread, 'message')) as [{ readonly port: number }]
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  return { url, clear: () => clear(url) }
}

async function clear(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ name: string }>(`select nspname as name from pg_namespace
    where nspname !~ '^(pg_|_?timescaledb|information_schema|toolkit|public)'`)
  for (const { name } of rows) await client.query(`drop schema "${name}" cascade`)
  await client.query(`set ${WANTED_EDITION} = 'auto'`)
  await client.end()
}
