import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { Lifetime } from './lifecycle.ts'

const logger = pino({ level: 'silent' })

test('what was started last stops first, once', async () => {
  const lifetime = new Lifetime(logger)
  const stopped: string[] = []
  for (const name of ['database', 'log', 'api']) lifetime.own(name, async () => void stopped.push(name))
  await Promise.all([lifetime.end(), lifetime.end()])
  assert.deepEqual(stopped, ['api', 'log', 'database'])
})

test('what is started while everything stops is stopped too', async () => {
  const lifetime = new Lifetime(logger)
  await lifetime.end()
  await new Promise<void>((resolve) => lifetime.own('late', resolve))
})

test('a part that fails or never stops does not keep the others', async () => {
  const lifetime = new Lifetime(logger)
  const stopped: string[] = []
  lifetime.own('first', async () => void stopped.push('first'))
  lifetime.own('stuck', () => new Promise(() => undefined))
  lifetime.own('broken', () => Promise.reject(new Error('broken')))
  const startedAt = performance.now()
  await lifetime.end(50)
  assert.deepEqual(stopped, ['first'])
  assert.ok(performance.now() - startedAt < 1_000)
})
