import { create } from '@bufbuild/protobuf'
import { MatcherSchema, MatchOperator } from '@secumon/contracts/gen/muting'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesAll } from '../matching/matchers.ts'
import { SilenceIndex, type HeldSilence } from './silence-index.ts'

const value = fc.constantFrom('', 'web', 'db', 'w*')
const matcher = fc
  .record({
    label: fc.constantFrom('agent', 'mount'),
    operator: fc.constantFrom(MatchOperator.EQUAL, MatchOperator.NOT_EQUAL, MatchOperator.GLOB),
    value,
  })
  .map((init) => create(MatcherSchema, init))
const silences = fc.array(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    matchers: fc.array(matcher, { minLength: 1, maxLength: 2 }),
    reason: fc.constant(''),
    startsAtMs: fc.nat(5),
    expiresAtMs: fc.nat(9),
  }),
)
const labels = fc.dictionary(fc.constantFrom('agent', 'mount', 'team'), value)

test('the silence that is found is the one that looking at all of them finds', () => {
  fc.assert(
    fc.property(
      silences,
      fc.array(fc.constantFrom('a', 'b')),
      labels,
      fc.nat(9),
      (put, removed, held, atMs) => {
        const [index, all] = [new SilenceIndex(), new Map<string, HeldSilence>()]
        for (const silence of put) {
          index.put(silence)
          all.set(silence.id, silence)
        }
        for (const id of removed) {
          index.remove(id)
          all.delete(id)
        }
        const covering = [...all.values()]
          .filter(({ startsAtMs, expiresAtMs }) => startsAtMs <= atMs && atMs < expiresAtMs)
          .filter(({ matchers }) => matchesAll(matchers, held))
          .toSorted((a, b) => b.expiresAtMs - a.expiresAtMs || (a.id < b.id ? -1 : 1))
        assert.equal(index.covering(held, atMs)?.id, covering[0]?.id)
      },
    ),
  )
})
