import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChainHeadEntry } from '../archive/archive.ts'
import { isWanted, laneNeed, standing, type Taken } from './lane-need.ts'
import { follows, type LanePlace } from './lane-place.ts'

const hashAt = (epoch: number, sequence: number) => new Uint8Array(32).fill(epoch * 16 + sequence)
const chain = { tenant: 'main', agent: 'A', lane: 'telemetry' as const }
const place = (epoch: number, sequence: number, first = sequence): LanePlace => ({
  ...chain,
  epoch,
  sequence,
  first,
  hash: hashAt(epoch, sequence),
})
const head: ChainHeadEntry = { ...chain, epoch: 2, sequence: 9, hash: hashAt(2, 9) }
const logged = (at?: LanePlace) => ({ position: at ? 7 : 0, place: at })
const at = ({ epoch, sequence }: { epoch: number; sequence: number }) => `${epoch}.${sequence}`

const standings: [string, LanePlace | undefined, string][] = [
  ['an empty subject is behind', undefined, 'behind'],
  ['an earlier sequence is behind', place(2, 8), 'behind'],
  ['an earlier epoch is behind, whatever its sequence', place(1, 50), 'behind'],
  ['the same record is whole', place(2, 9), 'whole'],
  ['a later record is whole', place(2, 10), 'whole'],
  ['a later epoch is whole', place(3, 1), 'whole'],
  ['another record at the same place is a fork', { ...place(2, 9), hash: hashAt(9, 9) }, 'forked'],
]
for (const [what, end, expected] of standings)
  test(what, () => assert.equal(standing(logged(end), head), expected))

const starts: [string, LanePlace | undefined, Taken[], string][] = [
  ['the slowest projection says from where', undefined, [place(2, 7), place(2, 3)], '2.3'],
  ['what the log still has is not written twice', place(2, 5), [place(2, 3)], '2.5'],
  ['an older epoch counts as slower', undefined, [place(1, 40), place(2, 3)], '1.40'],
  ['nobody is led beyond the archive', undefined, [place(2, 20)], '2.9'],
  ['who has taken nothing needs all', undefined, [place(2, 7), { nothingSinceMs: 5 }], '0.0'],
  ['where nothing is projected, nothing is needed', undefined, [], '2.9'],
]
for (const [what, end, taken, expected] of starts)
  test(what, () => assert.equal(at(laneNeed(head, logged(end), taken).after), expected))

test('old records of a lane are for those who follow it, not for a projection that has just begun', () => {
  const need = laneNeed(head, logged(), [place(2, 3), { nothingSinceMs: 1_000 }])
  assert.deepEqual(
    [isWanted(need, place(2, 2), 999), isWanted(need, place(2, 2), 1_000), isWanted(need, place(2, 4), 999)],
    [false, true, true],
  )
})

test('a gap follows what it begins at or within, a new epoch begins with its first record', () => {
  const after = { epoch: 1, sequence: 5 }
  const found = [
    place(1, 6),
    place(1, 7),
    place(1, 9, 6),
    place(1, 9, 4),
    place(1, 5, 1),
    place(2, 1),
    place(2, 2),
  ]
  assert.deepEqual(
    found.map((record) => follows(record, after)),
    [true, false, true, true, false, true, false],
  )
})
