// What every event store promises, as tests to run against each.

import { create } from '@bufbuild/protobuf'
import { ActorSchema, EnvelopeSchema, type Envelope } from '@secumon/contracts/gen/envelope'
import { ulid } from '@secumon/contracts/ids'
import { agent, type AgentCommand } from '@secumon/domain/agent'
import type { AggregateRef } from '@secumon/domain/decider'
import type { AggregateHistory, EventStore } from '@secumon/domain/event-store'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { handle, NOTHING_YET } from './handle.ts'
import { testClock } from './test-event-log.ts'

const newId = (): string => ulid(Date.now(), randomBytes(10))
const newAggregate = (): AggregateRef => ({ tenant: 'main', aggregate: 'agent', id: newId() })
const actor = create(ActorSchema, { actor: { case: 'platform', value: 'test' } })

const envelope = (version: number, commandId = newId()): Envelope =>
  create(EnvelopeSchema, { commandId, version: BigInt(version), schema: 1, actor })

/** Declares the contract's tests for one implementation. */
export function eventStoreContract(name: string, open: () => Promise<EventStore>): void {
  const opened = open()

  void test(`${name}: an aggregate nobody wrote is empty`, async () => {
    assert.deepEqual(await (await opened).read(newAggregate()), { envelopes: [], position: 0 })
  })

  void test(`${name}: what is appended is read, in order, apart from other aggregates`, async () => {
    const store = await opened
    const [one, other] = [newAggregate(), newAggregate()]
    assert.equal((await store.append(one, envelope(1), 0)).outcome, 'appended')
    assert.equal((await store.append(other, envelope(1), 0)).outcome, 'appended')
    const { position } = await store.read(one)
    assert.equal((await store.append(one, envelope(2), position)).outcome, 'appended')
    const { envelopes } = await store.read(one)
    assert.deepEqual(
      envelopes.map(({ version }) => version),
      [1n, 2n],
    )
  })

  void test(`${name}: an outdated expectation conflicts and writes nothing`, async () => {
    const store = await opened
    const aggregate = newAggregate()
    await store.append(aggregate, envelope(1), 0)
    assert.equal((await store.append(aggregate, envelope(1), 0)).outcome, 'conflict')
    const { envelopes, position } = await store.read(aggregate)
    assert.equal(envelopes.length, 1)
    assert.equal((await store.append(aggregate, envelope(2), position + 1)).outcome, 'conflict')
  })

  void test(`${name}: the same envelope again counts as appended, another with its command id does not`, async () => {
    const store = await opened
    const aggregate = newAggregate()
    const first = envelope(1)
    assert.equal((await store.append(aggregate, first, 0)).outcome, 'appended')
    assert.equal((await store.append(aggregate, first, 0)).outcome, 'appended')
    const { envelopes, position } = await store.read(aggregate)
    assert.equal((await store.append(aggregate, envelope(2, first.commandId), position)).outcome, 'conflict')
    assert.equal(envelopes.length, 1)
  })

  void test(`${name}: one command may write to two aggregates`, async () => {
    const store = await opened
    const [one, other] = [newAggregate(), newAggregate()]
    const commandId = newId()
    await store.append(one, envelope(1, commandId), 0)
    await store.append(other, envelope(1, commandId), 0)
    assert.equal((await store.read(other)).envelopes.length, 1)
  })

  void test(`${name}: of many deciders racing for a version exactly one wins it`, async () => {
    const store = await opened
    const aggregate = newAggregate()
    for (let version = 1; version <= 5; version++) {
      const { position } = await store.read(aggregate)
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => store.append(aggregate, envelope(version), position)),
      )
      assert.equal(outcomes.filter(({ outcome }) => outcome === 'appended').length, 1)
    }
    const { envelopes } = await store.read(aggregate)
    assert.deepEqual(
      envelopes.map(({ version }) => Number(version)),
      [1, 2, 3, 4, 5],
    )
  })

  void test(`${name}: commands racing through handle all take effect, each once, gapless`, async () => {
    const store = await opened
    const aggregate = newAggregate()
    const run = (commandId: string, value: string, kind: 'RegisterAgent' | 'RenameAgent') =>
      handle(store, agent, {
        aggregate,
        command:
          kind === 'RegisterAgent'
            ? { kind, name: value, tags: [], simulated: false }
            : { kind, name: value },
        commandId,
        actor,
        clock: testClock,
      })
    await run(newId(), 'server', 'RegisterAgent')
    const ids = Array.from({ length: 6 }, newId)
    const racing = [...ids, ...ids].map((id) => run(id, `server-${id}`, 'RenameAgent'))
    const results = await Promise.all(racing)
    const { envelopes } = await store.read(aggregate)
    assert.deepEqual(
      envelopes.map(({ version }) => Number(version)),
      [1, 2, 3, 4, 5, 6, 7],
    )
    ids.forEach((_, i) => assert.deepEqual(results[i]?.envelope, results[i + 6]?.envelope))
  })
  void test(`${name}: what is presumed of an aggregate saves reading it, and does no harm where it is wrong`, async () => {
    const store = await opened
    const aggregate = newAggregate()
    const register = { kind: 'RegisterAgent' as const, name: 'server', tags: [], simulated: false }
    const rename = (to: string) => ({ kind: 'RenameAgent' as const, name: to })
    const run = (command: AgentCommand, presumed?: AggregateHistory) => {
      const request = { aggregate, command, commandId: newId(), actor, clock: testClock }
      return handle(store, agent, { ...request, ...(presumed && { presumed }) })
    }
    const { history: first } = await run(register, NOTHING_YET)
    assert.deepEqual(first, await store.read(aggregate))
    // The decider refuses it on what is presumed, and takes it on what is there.
    assert.equal((await run(rename('web'), NOTHING_YET)).version, 2)
    // The log refuses it on what is presumed.
    assert.equal((await run(rename('db'), first)).version, 3)
    // It has no effect on what is there.
    assert.equal((await run(rename('db'), first)).envelope, undefined)
    const { envelopes } = await store.read(aggregate)
    assert.equal(envelopes.length, 3)
  })
}
