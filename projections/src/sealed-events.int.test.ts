// What projections see of sealed envelopes: everything while there is a key, nothing once it is shredded.

import { create } from '@bufbuild/protobuf'
import { EnvelopeSchema, type Envelope } from '@secumon/contracts/gen/envelope'
import { sha256 } from '@secumon/contracts/frame'
import { EVENTS_STREAM } from '@secumon/contracts/subjects'
import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { testEventLog } from '@secumon/infra/eventlog/test-event-log'
import { testDatabase } from '@secumon/infra/testing/database'
import { memoryKeys } from '@secumon/infra/testing/memory-keys'
import { KeysUnavailable } from '@secumon/infra/vault/key-faults'
import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { listDeadLetters, retryDeadLetters } from './dead-letters.ts'
import { eventsArchiveProjector } from './events-archive/project.ts'
import { ensureGeneration } from './generations.ts'
import type { Fact, Projector } from './projector.ts'
import { agentId } from './testing/recorded.ts'
import { startLoop, stopLoops } from './testing/loop.ts'

const [db, log] = await Promise.all([testDatabase({ after }), testEventLog({ after })])
afterEach(stopLoops)

const keys = memoryKeys()
const store = jetStreamEventStore(log, keys)
let appended = 0

const renamed = (id: string, name: string): Envelope =>
  create(EnvelopeSchema, {
    commandId: `${id}-1`,
    version: 1n,
    schema: 1,
    events: [{ event: { case: 'agentRenamed', value: { name } } }],
  })

async function say(tenant: string, name: string): Promise<string> {
  const id = agentId(++appended)
  assert.equal(
    (await store.append({ tenant, aggregate: 'agent', id }, renamed(id, name), 0)).outcome,
    'appended',
  )
  return id
}

/** Notes the names it is told. */
function listener(name: string): Projector & { readonly names: string[]; readonly ids: string[] } {
  const names: string[] = []
  const ids: string[] = []
  return {
    name,
    names,
    ids,
    version: 1,
    feeds: ['events'],
    sink: 'idempotent',
    async project(batch) {
      for (const fact of batch) {
        if (fact.kind === 'envelope') ids.push(fact.id)
        names.push(...namesIn(fact))
      }
      return undefined
    },
  }
}

const namesIn = (fact: Fact): string[] =>
  fact.kind === 'envelope'
    ? fact.envelope.events.flatMap(({ event }) => (event.case === 'agentRenamed' ? [event.value.name] : []))
    : []

async function projected(projector: Projector, opening: ArchiveKeys = keys): Promise<void> {
  const { last } = await log.bounds(EVENTS_STREAM)
  const loop = startLoop({ projector, log, db, keys: opening, stream: EVENTS_STREAM })
  await loop.reached(last)
  await loop.stop()
}

test('sealed envelopes are projected in clear, over a rotation, and archived as they lie', async () => {
  await say('acme', 'one')
  keys.rotate('acme')
  const id = await say('acme', 'two')
  const names = listener('rotated')
  await projected(names)
  assert.deepEqual(names.names, ['one', 'two'])
  // It never asks for a key.
  await projected(eventsArchiveProjector, { current: assert.fail, find: assert.fail })
  const stored = await log.lastMessage(EVENTS_STREAM, `events.acme.agent.${id}`)
  const held = await db
    .selectFrom('secumon.events_archive')
    .select(['payload', 'hash'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  assert.deepEqual(held.payload, Buffer.from(stored?.payload ?? []))
  assert.deepEqual(held.hash, Buffer.from(sha256(held.payload)))
})

test('a shredded tenant passes by and leaves nothing, the others go on', async () => {
  const first = await say('doomed', 'gone')
  await say('other', 'stays')
  keys.shred('doomed')
  const last = await say('doomed', 'new')
  const names = listener('shredded')
  await projected(names)
  assert.ok(names.ids.includes(first) && names.ids.includes(last))
  assert.ok(!names.names.includes('gone'))
  assert.deepEqual(names.names.slice(-2), ['stays', 'new'])
})

test('an unknown key makes a dead letter that can be played again once the key is there', async () => {
  const id = await say('restored', 'late')
  const lacking: ArchiveKeys = {
    ...keys,
    find: (tenant, keyId) => (tenant === 'restored' ? memoryKeys() : keys).find(tenant, keyId),
  }
  const names = listener('lacking')
  await projected(names, lacking)
  assert.ok(!names.names.includes('late'))
  const letters = await listDeadLetters(db, { projection: 'lacking', limit: 10 })
  assert.deepEqual(
    letters.map(({ subject, error }) => [subject, error.split(':')[0]]),
    [[`events.restored.agent.${id}`, 'DataKeyUnknown']],
  )
  const generation = await ensureGeneration(db, names)
  const options = { generation, keys, nowMs: Date.now() }
  assert.deepEqual(await retryDeadLetters(db, names, options), { applied: 1, failed: 0 })
  assert.equal(names.names.at(-1), 'late')
})

test('a vault that does not answer stops the projection, and nothing is lost', async () => {
  await say('acme', 'patient')
  let refusals = 2
  const away: ArchiveKeys = {
    ...keys,
    find: async (tenant, keyId) => {
      if (refusals-- > 0) throw new KeysUnavailable('away')
      return keys.find(tenant, keyId)
    },
  }
  const names = listener('away')
  await projected(names, away)
  assert.equal(names.names.at(-1), 'patient')
  assert.deepEqual(await listDeadLetters(db, { projection: 'away', limit: 10 }), [])
})
