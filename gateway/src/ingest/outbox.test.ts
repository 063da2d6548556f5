import { Code, ConnectError } from '@connectrpc/connect'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outbox, type Answer } from './outbox.ts'

const ack = (accepted: number): Answer => ({ case: 'ack', value: { accepted: BigInt(accepted) } })
const goaway: Answer = { case: 'goaway', value: { reason: 'test' } }

function drain(outbox: Outbox): string[] {
  const said: string[] = []
  for (let answer = outbox.next(); answer; answer = outbox.next())
    said.push(answer.case === 'ack' ? `ack ${String(answer.value.accepted)}` : String(answer.case))
  return said
}

test('a state told many times is said once, as it is then', () => {
  const outbox = new Outbox()
  let accepted = 0
  const state = (): Answer => ack(accepted)
  for (let i = 0; i < 5; i++) {
    accepted += 1
    outbox.tell(state)
  }
  assert.deepEqual(drain(outbox), ['ack 5'])
})

test('what is said before the end is written, and nothing after it', () => {
  const outbox = new Outbox()
  outbox.say(goaway)
  outbox.end()
  outbox.say(goaway)
  assert.equal(outbox.ending, undefined)
  assert.deepEqual(drain(outbox), ['goaway'])
  assert.deepEqual(outbox.ending, {})
})

test('it ends as it was ended first', () => {
  const outbox = new Outbox()
  const error = new ConnectError('over', Code.Unavailable)
  outbox.end(error)
  outbox.end()
  assert.deepEqual(outbox.ending, { error })
})

test('the writer hears of work done before it came, and of all that comes', () => {
  const outbox = new Outbox()
  outbox.say(goaway)
  let woken = 0
  outbox.onWork(() => woken++)
  outbox.tell(() => ack(1))
  outbox.end()
  assert.equal(woken, 3)
})

test('it is full while nobody reads, and says when there is room', () => {
  const outbox = new Outbox()
  while (!outbox.full) outbox.say(goaway)
  let room = 0
  outbox.whenRoom(() => room++)
  const said = drain(outbox)
  assert.ok(said.length > 10)
  assert.equal(room, 1)
})
