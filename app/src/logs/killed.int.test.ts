// From a file on a host to a row in the database, through real processes: the agent is killed at any moment and the
// gateway once, while a program writes and its files are rotated. At the end every line is there once and in its order,
// and of a source that wrote more than its limit what is missing is counted.

import { closeDatabase, openDatabase, untyped } from '@secumon/infra/database/database'
import { startChild, type Child } from '@secumon/infra/embedded/child'
import { freePort } from '@secumon/infra/embedded/ports'
import { silentLogger } from '@secumon/infra/eventlog/test-event-log'
import { temporaryDirectory, testNats, testPostgres } from '@secumon/infra/testing/servers'
import { migrate } from '@secumon/migrations/migrate'
import { liveSchema } from '@secumon/projections/live-generation'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { appendFileSync, copyFileSync, existsSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { SERVER_NODE_FLAGS } from '../node-flags.ts'
import { SECUMON, secumon } from '../testing/command.ts'

const AGENT = join(import.meta.dirname, '../../../edge/src/main.ts')
const PATIENCE_MS = 60_000
const KILLS = 4
const seed = Date.now() & 0x7fffffff

const children = new Set<Child>()
/** What those said last that have ended. */
const endings: string[] = []
const directory = await temporaryDirectory({ after }, async () => {
  await Promise.all([...children].map((child) => child.stop('SIGKILL')))
})
const [nats, postgres] = await Promise.all([testNats({ after }), testPostgres({ after })])
const db = openDatabase({ url: postgres.url, poolSize: 1, applicationName: 'test', logger: silentLogger })
after(() => closeDatabase(db))
await migrate(db)
const api = String(await freePort())
const environment = {
  NATS_URL: nats.url,
  DATABASE_URL: postgres.url,
  SECUMON_PORT: api,
  SECUMON_INGEST_PORT: String(await freePort()),
  SECUMON_DATA: join(directory, 'data'),
  SECUMON_MASTER_KEY: randomBytes(32).toString('base64'),
  SECUMON_RESERVE_MB: '1',
}

async function start(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Child> {
  const child = await startChild(process.execPath, [...SERVER_NODE_FLAGS, ...args], {
    env: { PATH: process.env['PATH'], ...env },
  })
  children.add(child)
  void child.ended.then((how) => {
    children.delete(child)
    endings.push(`${args.join(' ')} ended with ${how}\n${child.output().slice(-2_000)}`)
  })
  return child
}

const run = (...roles: readonly string[]): Promise<Child> => start([SECUMON, 'run', ...roles], environment)

/** A program that writes numbered lines into files of its own. */
class Writer {
  readonly path: string
  written = 0
  constructor(name: string) {
    this.path = join(directory, `${name}.log`)
    writeFileSync(this.path, '')
  }

  write(count: number): void {
    let text = ''
    for (let i = 0; i < count; i++) text += `${this.written++} ${'x'.repeat((this.written * 7_919) % 120)}\n`
    appendFileSync(this.path, text)
  }

  /** As logrotate does it. */
  putAside(how: (from: string, to: string) => void): void {
    const at = (i: number): string => `${this.path}.${i}`
    for (let i = 40; i > 0; i--) if (existsSync(at(i))) renameSync(at(i), at(i + 1))
    how(this.path, at(1))
  }
}

const renamed = new Writer('renamed')
const truncated = new Writer('truncated')
const noisy = new Writer('noisy')
const logsFile = join(directory, 'logs.json')
const source = ({ path }: Writer, name: string, more: object = {}) => ({
  name,
  paths: [path],
  from: 'beginning',
  ...more,
})
const limit = { lines_per_second: 100_000, bytes_per_second: 100_000_000 }
const least = { lines_per_second: 20, burst_seconds: 1 }
const files = [
  source(renamed, 'renamed'),
  source(truncated, 'truncated'),
  source(noisy, 'noisy', { limit: least }),
]
writeFileSync(logsFile, JSON.stringify({ files, limit }), { mode: 0o600 })

type Row = { readonly message: string; readonly dropped: string }

async function arrived(name: string): Promise<Row[]> {
  const schema = await liveSchema(db, 'logs').catch(() => undefined)
  if (schema === undefined) return []
  const { rows } = await sql<Row>`select message, dropped from ${sql.table(`${schema}.logs`)}
    where source = ${name} order by agent_id, epoch, sequence, line`.execute(untyped(db))
  return rows
}

async function until(what: string, fact: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS
  while (!(await fact())) {
    if (performance.now() > deadlineMs) assert.fail(`${what}: not in ${PATIENCE_MS / 1_000} s\n${said()}`)
    await sleep(50)
  }
}

/** What the processes said last. */
const said = (): string =>
  [...endings, ...[...children].map((child) => child.output().slice(-2_000))].join('\n---\n')

const numbers = (rows: readonly Row[]): number[] => rows.map(({ message }) => Number(message.split(' ')[0]))

/** Pseudo-random from 0 to 1, so that a failure can be had again. */
function randomFrom(start: number): () => number {
  let state = start
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

test('whatever is killed, every line is there once, and what is not is said', async (t) => {
  t.diagnostic(`seed ${seed}`)
  const random = randomFrom(seed)
  const [{ stdout }, , firstGateway] = await Promise.all([
    secumon(['token', 'create'], environment),
    run('projector', 'archiver', 'api'),
    run('ingest'),
  ])
  let gateway = firstGateway
  const agentEnvironment = {
    ...environment,
    SECUMON_API_URL: `http://127.0.0.1:${api}`,
    SECUMON_ENROLMENT_TOKEN: stdout.trim().split(/\s+/).at(-1),
    SECUMON_STATE_DIRECTORY: join(directory, 'agent'),
    SECUMON_LOGS_FILE: logsFile,
  }
  for (const writer of [renamed, truncated, noisy]) writer.write(10)
  let agent = await start([AGENT], agentEnvironment)
  await until('the first lines', async () => (await arrived('truncated')).length > 0)
  for (let kill = 0; kill < KILLS; kill++) {
    for (let i = 0, steps = 20 + random() * 30; i < steps; i++) {
      renamed.write(Math.ceil(random() * 40))
      truncated.write(Math.ceil(random() * 20))
      noisy.write(5)
      await sleep(10)
      if (i === 12) renamed.putAside(renameSync)
    }
    // Every other time it lives until all of one file has arrived. A copy is told by what was read of the file before.
    if (kill % 2 === 1) {
      await until('all there', async () => (await arrived('truncated')).length >= truncated.written)
      truncated.write(20)
      truncated.putAside(copyFileSync)
      truncateSync(truncated.path)
      truncated.write(20)
      await sleep(random() * 500)
    }
    if (kill === 1) await gateway.stop('SIGKILL')
    await agent.stop('SIGKILL')
    renamed.write(30)
    truncated.write(10)
    if (kill % 2 === 0) renamed.putAside(renameSync)
    renamed.write(20)
    if (kill === 1) gateway = await run('ingest')
    agent = await start([AGENT], agentEnvironment)
  }
  for (const [name, writer] of Object.entries({ renamed, truncated })) {
    const isThere = async () => (await arrived(name)).length >= writer.written
    await until(name, isThere).catch((error: Error) => t.diagnostic(error.message))
    const all = Array.from({ length: writer.written }, (_, i) => i)
    assert.deepEqual(numbers(await arrived(name)), all, `${name}, seed ${seed}`)
  }
  const accounted = async (): Promise<number> => {
    const rows = await arrived('noisy')
    const lost = rows.flatMap(({ dropped }) => (dropped === '' ? [] : [JSON.parse(dropped)]))
    for (const { reason } of lost) assert.equal(reason, 'rate')
    return rows.length - lost.length + lost.reduce((sum, { lines }) => sum + Number(lines), 0)
  }
  await until('what is missing', async () => (await accounted()) >= noisy.written)
  assert.equal(await accounted(), noisy.written)
  assert.ok((await arrived('noisy')).some(({ dropped }) => dropped !== ''))
})
