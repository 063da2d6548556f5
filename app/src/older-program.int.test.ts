// What this program does where a newer one has been: it says so, touches nothing, and ends with 78.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { closeDatabase, openDatabase } from '@secumon/infra/database/database'
import { freePort } from '@secumon/infra/embedded/ports'
import { silentLogger, testConnection } from '@secumon/infra/eventlog/test-event-log'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import { temporaryDirectory, testNats, testPostgres } from '@secumon/infra/testing/servers'
import { migrate } from '@secumon/migrations/migrate'
import { sql } from 'kysely'
import { SECUMON, secumon } from './testing/command.ts'

const [nats, postgres] = await Promise.all([testNats({ after }), testPostgres({ after })])
await testConnection({ after }, nats.url)
const db = openDatabase({ url: postgres.url, poolSize: 2, applicationName: 'test', logger: silentLogger })
after(() => closeDatabase(db))
await migrate(db)
const environment = {
  NATS_URL: nats.url,
  DATABASE_URL: postgres.url,
  SECUMON_DATA: await temporaryDirectory({ after }),
  SECUMON_MASTER_KEY: randomBytes(32).toString('base64'),
}

test('a database that a newer program has migrated is left alone', async () => {
  await sql`insert into secumon.migrations values ('9999_to_come', 'now')`.execute(db)
  const { code, output } = await secumon(['migrate'], environment)
  assert.equal(code, 78, output)
  assert.match(output, /by a newer program \(9999_to_come\): run that one/)
  await sql`delete from secumon.migrations where name = '9999_to_come'`.execute(db)
})

test('tables that newer code has built get no rows of older code', async (t) => {
  const newer = { projection: 'agents', generation: 1, schema: 'agents_1' }
  await db
    .insertInto('secumon.generations')
    .values({ ...newer, code_version: 1_000, state: 'live' })
    .execute()
  const retried = await secumon(['dead-letters', 'retry', 'agents'], environment)
  assert.equal(retried.code, 78, retried.output)
  assert.match(retried.output, /built by version 1000 of its code.*run the newer program/)

  const port = String(await freePort())
  const env = { PATH: process.env['PATH'], ...environment, SECUMON_OPERATIONS_PORT: port }
  const projector = spawn(process.execPath, [SECUMON, 'run', 'projector'], { env, stdio: 'ignore' })
  const ended = once(projector, 'exit')
  t.after(() => projector.kill('SIGKILL'))
  const health = () =>
    fetch(`http://127.0.0.1:${port}/health`)
      .then((answer) => answer.text())
      .catch(() => '')
  await comesTrue('the projector says that it is too old', async () =>
    /degraded.*version 1000 of its code.*run the newer program/.test(await health()),
  )
  projector.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})
