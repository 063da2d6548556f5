import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Setbacks } from './setback.ts'

const rewind = { kind: 'rewind', reason: 'test' } as const

test('what is owed is told once, and not at all when the record came meanwhile', () => {
  const setbacks = new Setbacks(4)
  setbacks.owe(rewind)
  assert.equal(setbacks.resending, true)
  assert.deepEqual(setbacks.take(), rewind)
  assert.equal(setbacks.take(), undefined)
  setbacks.owe(rewind)
  setbacks.resumed()
  assert.equal(setbacks.resending, false)
  assert.equal(setbacks.take(), undefined)
})

test('an agent that never comes further is hopeless; one that does is not', () => {
  const setbacks = new Setbacks(4)
  const rewindOnce = (): void => {
    setbacks.owe(rewind)
    setbacks.take()
  }
  for (let i = 0; i < 16; i++) rewindOnce()
  assert.equal(setbacks.isHopeless, false)
  rewindOnce()
  assert.equal(setbacks.isHopeless, true)
  setbacks.progressed()
  assert.equal(setbacks.isHopeless, false)
})

test('an agent is not to blame for a log that moves under it', () => {
  const setbacks = new Setbacks(4)
  for (let i = 0; i < 100; i++) {
    setbacks.owe({ ...rewind, isBlameless: true })
    setbacks.take()
  }
  assert.equal(setbacks.isHopeless, false)
})

test('after two windows of records that came too early the agent is told again', () => {
  const setbacks = new Setbacks(4)
  setbacks.owe(rewind)
  setbacks.take()
  for (let i = 0; i < 8; i++) assert.equal(setbacks.drop(), false)
  assert.equal(setbacks.drop(), true)
})
