import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outbox, type Answer } from './outbox.ts'

const ack = (accepted: number): Answer => ({ case: 'ack', value: { accepted: BigInt(accepted) } })
const goaway: Answer = { case: 'goaway', value: { reason: 'test' } }

async function drain(outbox: Outbox): Promise<string[]> {
  const said: string[] = []
  for await (const { message } of outbox.messages())
    said.push(message.case === 'ack' ? `ack ${message.value.accepted}` : String(message.case))
  return said
}

test('a state told many times is said once, as it is then', async () => {
  const outbox = new Outbox()
  let accepted = 0
  const state = (): Answer => ack(accepted)
  for (let i = 0; i < 5; i++) {
    accepted += 1
    outbox.tell(state)
  }
  outbox.end()
  assert.deepEqual(await drain(outbox), ['ack 5'])
})

test('what is said before the end is written, and nothing after it', async () => {
  const outbox = new Outbox()
  outbox.say(goaway)
  outbox.end()
  outbox.say(goaway)
  assert.deepEqual(await drain(outbox), ['goaway'])
})

test('an error is thrown after what was said', async () => {
  const outbox = new Outbox()
  outbox.say(goaway)
  outbox.end(new Error('over'))
  const said: unknown[] = []
  await assert.rejects(async () => {
    for await (const message of outbox.messages()) said.push(message)
  }, /over/)
  assert.equal(said.length, 1)
})

test('it is full while nobody reads, and says when there is room', async () => {
  const outbox = new Outbox()
  while (!outbox.full) outbox.say(goaway)
  let room = 0
  outbox.whenRoom(() => room++)
  outbox.end()
  const said = await drain(outbox)
  assert.ok(said.length > 10)
  assert.equal(room, 1)
})
