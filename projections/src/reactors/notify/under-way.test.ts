import { decide, type NotifyDecision } from '@secumon/domain/notification/decide'
import { Night } from '@secumon/domain/testing/night'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnderWay } from './under-way.ts'

const night = (): Night => {
  const told = new Night().channel('slack').policy('p', {
    groupBy: ['agent'],
    steps: [{ targets: [{ target: { case: 'channel', value: 'slack' } }] }],
  })
  told.settleDown()
  return told
}

const begun = (underWay: UnderWay, decisions: readonly NotifyDecision[]): string[] =>
  decisions.filter((decision) => underWay.begin(decision.key, decision)).map(({ key }) => key)

test('who comes to a group while its incident is being opened opens no other one', () => {
  const told = night().fire('b')
  const underWay = new UnderWay()
  const opening = begun(underWay, decide(told.state, told.nowMs))
  assert.equal(opening.length, 1)
  // It fired in the same moment, and comes first in the order of ids.
  told.fire('a')
  assert.deepEqual(begun(underWay, decide(told.state, told.nowMs)), [])
  told.fire('c', { agent: 'web-2' })
  assert.equal(begun(underWay, decide(told.state, told.nowMs)).length, 1, 'another group is free')
  for (const key of opening) underWay.end(key)
  assert.equal(begun(underWay, decide(told.state, told.nowMs)).length, 1, 'it was read back')
})

test('what came to nothing is made again after a while', () => {
  const told = night().fire('b')
  const underWay = new UnderWay()
  const [decision] = decide(told.state, told.nowMs)
  assert.ok(decision && underWay.begin('c', decision) && !underWay.begin('c', decision))
  assert.equal(underWay.nextMs, Infinity)
  underWay.failed('c', 5)
  assert.equal(underWay.nextMs, 5)
  underWay.forget(4)
  assert.ok(!underWay.begin('c', decision))
  underWay.forget(5)
  assert.ok(underWay.begin('c', decision))
})
