// A letter that died of a key which the vault did not have, and comes back to life by the command once it has.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { create } from '@bufbuild/protobuf'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { EVENTS_STREAM } from '@secumon/contracts/subjects'
import { closeDatabase, openDatabase } from '@secumon/infra/database/database'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { silentLogger, testConnection } from '@secumon/infra/eventlog/test-event-log'
import { testNats, testPostgres } from '@secumon/infra/testing/servers'
import { dataKeys } from '@secumon/infra/vault/data-keys'
import { masterKeys } from '@secumon/infra/vault/master-keys'
import { vaultOf } from '@secumon/infra/vault/vault-database'
import { migrate } from '@secumon/migrations/migrate'
import { agentsProjector } from '@secumon/projections/agents/project'
import { liveSchema } from '@secumon/projections/live-generation'
import { startLoop } from '@secumon/projections/testing/loop'
import { agentId } from '@secumon/projections/testing/recorded'
import { sql } from 'kysely'
import { systemClock as clock } from '../clock.ts'
import { secumon } from '../testing/command.ts'

const TENANT = 'acme'
const [nats, postgres] = await Promise.all([testNats({ after }), testPostgres({ after })])
const log = await testConnection({ after }, nats.url)
const db = openDatabase({ url: postgres.url, poolSize: 4, applicationName: 'test', logger: silentLogger })
after(() => closeDatabase(db))
await migrate(db)

const masterKey = randomBytes(32)
const keys = () => dataKeys({ db, masterKeys: masterKeys(masterKey), clock })
const deadLetters = (...args: readonly string[]) =>
  secumon(['dead-letters', ...args], {
    NATS_URL: nats.url,
    DATABASE_URL: postgres.url,
    SECUMON_MASTER_KEY: masterKey.toString('base64'),
  })

async function names(): Promise<string[]> {
  const schema = await liveSchema(db, 'agents')
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(`${schema}.agents`)}`.execute(db)
  return rows.map(({ name }) => name)
}

/** An agent's registration, sealed and in the log. */
async function register(name: string): Promise<void> {
  const aggregate = { tenant: TENANT, aggregate: 'agent', id: agentId(1) }
  const events = [{ event: { case: 'agentRegistered' as const, value: { name } } }]
  const envelope = create(EnvelopeSchema, { commandId: 'c', version: 1n, schema: 1, events })
  assert.equal((await jetStreamEventStore(log, keys()).append(aggregate, envelope, 0)).outcome, 'appended')
}

async function project(): Promise<void> {
  const loop = startLoop({ projector: agentsProjector(), log, db, keys: keys(), stream: EVENTS_STREAM })
  await loop.reached((await log.bounds(EVENTS_STREAM)).last)
  await loop.stop()
}

test('a letter is played again by the command: it stays while its cause does, and goes with it', async () => {
  await register('web-1')
  const rows = await vaultOf(db).selectFrom('vault.data_keys').selectAll().execute()
  await vaultOf(db).deleteFrom('vault.data_keys').execute()
  await project()
  assert.deepEqual(await names(), [])
  const listed = await deadLetters('ls', '--projection', 'agents')
  assert.match(listed.stdout, /agents .*events\.acme\.agent\.\w+ +DataKeyUnknown: the vault has no data key/)

  const early = await deadLetters('retry', 'agents')
  assert.deepEqual([early.code, early.stdout], [75, '0 applied, 1 failed again\n'], early.stderr)

  const [row] = rows
  assert.ok(row)
  const times = { created_at: new Date(row.created_at), retired_at: null, shredded_at: null }
  await vaultOf(db)
    .insertInto('vault.data_keys')
    .values({ ...row, ...times })
    .execute()
  const late = await deadLetters('retry', 'agents')
  assert.deepEqual([late.code, late.stdout], [0, '1 applied, 0 failed again\n'], late.stderr)
  assert.deepEqual(await names(), ['web-1'])
  assert.equal((await deadLetters('ls')).stdout, 'no dead letters\n')
})

test('what cannot be played again says so', async () => {
  const [archive, unknown] = await Promise.all([
    deadLetters('retry', 'archive'),
    deadLetters('retry', 'agent'),
  ])
  assert.equal(archive.code, 64)
  assert.match(archive.stderr, /archived as they are: look, then drop them/)
  assert.equal(unknown.code, 64)
  assert.match(unknown.stderr, /no such projection: agent; there are samples, agents/)
})
