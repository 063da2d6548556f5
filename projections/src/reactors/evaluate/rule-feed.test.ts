import { create } from '@bufbuild/protobuf'
import { RuleCreatedSchema, RuleDeletedSchema } from '@secumon/contracts/gen/rule'
import type { DomainEvent } from '@secumon/domain/decider'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { envelopeFact } from '../../testing/facts.ts'
import { emptyBook } from './rule-book.ts'
import { NotLeading, RuleFeed, type Proposal } from './rule-feed.ts'

const created = (name: string): DomainEvent => ({
  case: 'ruleCreated',
  value: create(RuleCreatedSchema, { enabled: true, spec: { name } }),
})
const deleted: DomainEvent = { case: 'ruleDeleted', value: create(RuleDeletedSchema) }

const at = (position: number, fact: ReturnType<typeof envelopeFact>) => ({
  ...fact,
  source: { ...fact.source, position },
})
const rule = (position: number, id: string, event: DomainEvent, version = 1) =>
  at(position, envelopeFact({ aggregate: 'rule', id, version, atMs: 0, events: [event] }))
const activation = (position: number, { event, version }: Proposal) =>
  at(
    position,
    envelopeFact({
      aggregate: 'evaluator',
      id: 'shard-0',
      tenant: 'system',
      version,
      atMs: 0,
      events: [event],
    }),
  )

const empty = () => ({ book: emptyBook(), eventsPosition: 0, version: 0 })

function feedOf(mismatches: number[] = [], newest = { version: 0, position: 0 as number | undefined }) {
  const onMismatch = (version: number) => void mismatches.push(version)
  return new RuleFeed({ shard: 0, inForce: empty(), newest, onMismatch })
}

const names = (feed: RuleFeed, position: number) => feed.at(position)?.rules.map(({ id }) => id)

describe('a feed of rules', () => {
  test('puts new rules in force at the message that their activation names', () => {
    const feed = feedOf()
    feed.lead(10)
    feed.read([rule(1, 'A', created('a'))], 1)
    assert.equal(feed.hasNews, true)
    feed.accepted(feed.propose(12))
    feed.read([rule(2, 'B', created('b'))], 2)
    assert.deepEqual([names(feed, 11), names(feed, 12), names(feed, 13)], [undefined, ['A'], undefined])
    assert.equal(feed.hasNews, false, 'the last activation has to be read before the next')
  })

  test('whoever reads the log again switches at the same places', () => {
    const mismatches: number[] = []
    const first = feedOf()
    first.lead(10)
    first.read([rule(1, 'A', created('a'))], 1)
    const one = first.propose(12)
    first.accepted(one)
    first.at(12)
    first.read([activation(2, one), rule(3, 'B', created('b')), rule(4, 'A', deleted, 2)], 4)
    const two = first.propose(20)
    first.accepted(two)
    first.read([activation(5, two)], 5)
    const again = feedOf(mismatches, { version: 2, position: 5 })
    again.read(
      [
        rule(1, 'A', created('a')),
        activation(2, one),
        rule(3, 'B', created('b')),
        rule(4, 'A', deleted, 2),
        activation(5, two),
      ],
      5,
    )
    again.lead(30)
    const seen = [11, 12, 19, 20].map((position) => names(again, position))
    assert.deepEqual(seen, [undefined, ['A'], undefined, ['B']])
    assert.deepEqual(mismatches, [])
  })

  test('what waits behind the end of a stream that was rolled back is due at its next message', () => {
    const first = feedOf()
    first.lead(100)
    first.read([rule(1, 'A', created('a'))], 1)
    const one = first.propose(101)
    const again = feedOf([], { version: 1, position: 2 })
    again.read([rule(1, 'A', created('a')), activation(2, one)], 2)
    again.lead(7)
    assert.deepEqual(names(again, 8), ['A'])
  })

  test('another process that activates ends this one’s lead', () => {
    const feed = feedOf()
    const theirs = feed.propose(5)
    feed.lead(4)
    assert.throws(() => feed.read([activation(1, theirs)], 1), NotLeading)
  })

  test('rules that are not those of the activation are told', () => {
    const mismatches: number[] = []
    const first = feedOf()
    first.lead(0)
    first.read([rule(1, 'A', created('a'))], 1)
    const one = first.propose(1)
    const again = feedOf(mismatches, { version: 1, position: 2 })
    again.read([activation(2, one)], 2)
    again.at(1)
    assert.deepEqual(mismatches, [1])
  })

  test('what is in force can be saved up to where all was read', () => {
    const feed = feedOf()
    feed.lead(0)
    feed.read([rule(1, 'A', created('a'))], 8)
    assert.equal(feed.inForce.eventsPosition, 0)
    const proposal = feed.propose(1)
    feed.accepted(proposal)
    feed.at(1)
    feed.read([activation(9, proposal)], 9)
    assert.deepEqual([feed.inForce.eventsPosition, feed.inForce.version], [9, 1])
  })
})
