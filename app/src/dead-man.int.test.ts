import { comesTrue } from '@secumon/infra/testing/comes-true'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { pino } from 'pino'
import { deadMan } from './dead-man.ts'

const logger = pino({ level: 'silent' })

test('the call is made when nothing is wrong, once in its period', async (t) => {
  let calls = 0
  const server = createServer((_, response) => {
    calls++
    response.end()
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let nowMs = 0
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
  const call = deadMan({ url: `http://127.0.0.1:${port}/x`, clock, logger })
  await call(['the log is full'])
  assert.equal(calls, 0)
  await call([])
  await call([])
  await comesTrue('one call', () => calls === 1)
  nowMs = 60_000
  await call([])
  assert.equal(calls, 2)
})

test('who does not answer stops nothing', async () => {
  const clock = { nowMs: () => 0, monotonicMs: () => 0 }
  await deadMan({ url: 'http://127.0.0.1:1/x', clock, logger })([])
})
