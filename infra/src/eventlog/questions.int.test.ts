import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { restartableNats, testConnection, until } from './test-event-log.ts'

const PATIENCE_MS = 10_000
const nats = await restartableNats({ after })
const asking = await testConnection({ after }, nats.url)
const answering = await testConnection({ after }, nats.url)

const ask = async (text: string, timeoutMs = PATIENCE_MS): Promise<string | undefined> => {
  const answer = await asking.ask('durable.0.ask', Buffer.from(text), timeoutMs)
  return answer && Buffer.from(answer).toString()
}

test('a question is answered, or known at once to meet nobody', async () => {
  const began = performance.now()
  assert.equal(await ask('anybody?'), undefined)
  assert.ok(performance.now() - began < PATIENCE_MS)
  const forget = answering.answer('durable.0.ask', async (question) => Buffer.from(`to ${String(question)}`))
  while ((await ask('one')) === undefined);
  const answers = await Promise.all(['two', 'three'].map((text) => ask(text)))
  assert.deepEqual(answers, ['to two', 'to three'])
  forget()
  // One that was on its way to who has just left is answered by nobody.
  while ((await ask('still?', 200)) !== undefined);
})

test('who does not know says nothing, and who fails neither', async () => {
  const forget = answering.answer('durable.0.ask', async (question) => {
    if (question.length === 1) throw new Error('cannot be read')
    return question.length === 2 ? undefined : question
  })
  while ((await ask('who is there?')) === undefined);
  assert.equal(await ask('1', 200), undefined)
  assert.equal(await ask('22', 200), undefined)
  forget()
})

test('a restarted server is answered on as before; without one nothing is asked', async () => {
  const forget = answering.answer('durable.0.ask', async (question) => question)
  await nats.stop()
  await until(asking, () => asking.trouble === 'disconnected')
  assert.equal(await ask('where?'), undefined)
  await nats.start()
  await until(asking, () => asking.trouble !== 'disconnected')
  while ((await ask('again')) !== 'again');
  forget()
})
