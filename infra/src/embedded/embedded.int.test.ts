import assert from 'node:assert/strict'
import { cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect, type ConnectionOptions } from '@nats-io/transport-node'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import pg from 'pg'
import { temporaryDirectory } from '../testing/servers.ts'
import { ChildNotReady } from './child.ts'
import { startNatsServer } from './nats-server.ts'
import { freePort, isPortFree, preferPort } from './ports.ts'
import { startPostgres, UnusableCluster, type PostgresOptions } from './postgres.ts'
import { postgresUser } from './postgres-user.ts'
import { hasEnded, isAlive } from './processes.ts'
import { ensureTool, installCommand } from './tools.ts'

const quick = { settings: { shared_buffers: '16MB', fsync: 'off' }, guardAfterS: 0 }
const isRoot = process.getuid?.() === 0

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

async function keepsItsData(
  t: TestContext,
  options: Omit<PostgresOptions, 'directory'>,
): Promise<{ directory: string }> {
  const directory = await temporaryDirectory(t)
  const first = await startPostgres({ directory, ...quick, ...options })
  t.after(() => first.child.stop('SIGKILL'))
  await query(first.url, 'create table kept as select 42 as answer')
  await first.child.stop('SIGINT')
  const second = await startPostgres({ directory, ...quick, ...options })
  t.after(() => second.child.stop('SIGINT'))
  assert.deepEqual(await query(second.url, 'select answer from kept'), [{ answer: 42 }])
  return { directory }
}

test('PostgreSQL starts, stops and finds its data again', async (t) => {
  await keepsItsData(t, {})
})

test('PostgreSQL runs as nobody where root has no user namespace', { skip: !isRoot }, async (t) => {
  const { directory } = await keepsItsData(t, { user: 'nobody' })
  const home = (await postgresUser(directory, 'nobody')).directory
  t.after(() => rm(home, { recursive: true, force: true }))
  assert.equal((await stat(join(home, 'cluster'))).uid, 65_534)
})

test('PostgreSQL: a server that an earlier start left behind is ended first', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await startPostgres({ directory, ...quick })
  await query(first.url, 'create table kept as select 1 as one')
  const second = await startPostgres({ directory, ...quick })
  t.after(() => second.child.stop('SIGINT'))
  assert.ok(!isAlive(first.child.pid))
  assert.deepEqual(await query(second.url, 'select one from kept'), [{ one: 1 }])
})

test('PostgreSQL: killed, with its number given to another program since', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await startPostgres({ directory, ...quick })
  await first.child.stop('SIGKILL')
  const pidFile = join(directory, 'cluster', 'postmaster.pid')
  const lines = (await readFile(pidFile, 'utf8')).split('\n')
  await writeFile(pidFile, [process.pid, ...lines.slice(1)].join('\n'))
  const second = await startPostgres({ directory, ...quick })
  t.after(() => second.child.stop('SIGINT'))
  assert.ok(isAlive(process.pid))
})

test('PostgreSQL: a cluster whose making was cut off is made anew', async (t) => {
  const directory = await temporaryDirectory(t)
  await mkdir(join(directory, 'cluster.new', 'base'), { recursive: true })
  await writeFile(join(directory, 'cluster.new', 'PG_VERSION'), '18\n')
  await mkdir(join(directory, 'cluster'))
  const server = await startPostgres({ directory, ...quick })
  await server.child.stop('SIGINT')
  assert.equal((await stat(join(directory, 'cluster'))).mode & 0o777, 0o700)
})

test('PostgreSQL: a cluster we do not understand is explained and left alone', async (t) => {
  const directory = await temporaryDirectory(t)
  const server = await startPostgres({ directory, ...quick })
  await server.child.stop('SIGINT')
  const saved = join(directory, 'saved')
  await cp(join(directory, 'cluster'), saved, { recursive: true })

  await writeFile(join(directory, 'cluster', 'PG_VERSION'), '11\n')
  await assert.rejects(startPostgres({ directory, ...quick }), /was made by PostgreSQL 11/)
  await rm(join(directory, 'cluster', 'global', 'pg_control'))
  await assert.rejects(startPostgres({ directory, ...quick }), UnusableCluster)
  assert.ok(await stat(join(directory, 'cluster', 'base')))
  await rm(join(directory, 'password'))
  await assert.rejects(startPostgres({ directory, ...quick }), /password is gone/)
})

test('PostgreSQL: a port that somebody has is told with the server’s own words', async (t) => {
  const directory = await temporaryDirectory(t)
  const holder = createServer().listen(0, '127.0.0.1')
  t.after(() => holder.close())
  await once(holder, 'listening')
  const address = holder.address()
  assert.ok(address !== null && typeof address === 'object')
  await assert.rejects(
    startPostgres({ directory, ...quick, port: address.port }),
    (error) => error instanceof ChildNotReady && /could not bind/.test(error.message),
  )
  assert.equal(await isPortFree(address.port), false)
  assert.notEqual(await preferPort(address.port), address.port)
})

test('nats-server keeps its streams, asks for its token, and ends a predecessor', async (t) => {
  const directory = await temporaryDirectory(t)
  const program = await ensureTool('nats-server')
  const options = { program, directory, token: 'a-secret', guardAfterS: 0 }
  const login = (port: number): ConnectionOptions => ({ servers: `127.0.0.1:${port}`, token: 'a-secret' })
  const first = await startNatsServer(options)
  await assert.rejects(connect({ servers: `127.0.0.1:${first.port}`, reconnect: false }), /authorization/i)
  const writer = await connect(login(first.port))
  await (await jetstreamManager(writer)).streams.add({ name: 'KEPT', subjects: ['kept'] })
  await jetstream(writer).publish('kept', 'hello')
  await writer.close()

  const second = await startNatsServer(options)
  t.after(() => second.child.stop())
  assert.ok(await hasEnded(first.child.pid, 1_000))
  const reader = await connect(login(second.port))
  const { state } = await (await jetstreamManager(reader)).streams.info('KEPT')
  assert.equal(state.messages, 1)
  await reader.close()
})

test('a free port is free', async () => {
  const port = await freePort()
  assert.equal(await preferPort(port), port)
})

test('a tool that is there is found, and the command for one that is not is a command', async () => {
  assert.match(await ensureTool('nats-server'), /nats-server$/)
  assert.match(installCommand('redis-server'), /install redis/)
})
