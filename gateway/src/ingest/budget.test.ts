import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Budget } from './budget.ts'

test('publishes beyond the limit are called back in order, once each', () => {
  const budget = new Budget({ maxInFlight: 1, maxQueuedBytes: 10 })
  const published: string[] = []
  const publisher = (name: string) => {
    const attempt = (): void => {
      if (budget.beginPublish(attempt)) published.push(name)
    }
    return attempt
  }
  const [a, b, c] = [publisher('a'), publisher('b'), publisher('c')]
  for (const attempt of [a, b, b, c]) attempt()
  assert.deepEqual(published, ['a'])
  budget.endPublish()
  assert.deepEqual(published, ['a', 'b'])
  budget.endPublish()
  budget.endPublish()
  assert.deepEqual(published, ['a', 'b', 'c'])
  assert.equal(budget.inFlight, 0)
})

test('a place that a publisher no longer wants goes to the next', () => {
  const budget = new Budget({ maxInFlight: 1, maxQueuedBytes: 10 })
  let taken = false
  budget.beginPublish(() => undefined)
  budget.beginPublish(() => undefined)
  const last = (): void => {
    taken = budget.beginPublish(last)
  }
  last()
  budget.endPublish()
  assert.equal(taken, true)
})

test('readers sleep while the bytes are used up, and all of them wake though none of them reads', async () => {
  const budget = new Budget({ maxInFlight: 1, maxQueuedBytes: 10 })
  budget.queue(10)
  assert.equal(budget.full, true)
  let awake = 0
  for (let i = 0; i < 100; i++) budget.whenRoom(() => awake++)
  budget.settle(1)
  while (awake < 100) await nextTurn()
})

test('a woken reader that fills the budget again keeps the others asleep', async () => {
  const budget = new Budget({ maxInFlight: 1, maxQueuedBytes: 10 })
  budget.queue(10)
  let awake = 0
  for (let i = 0; i < 100; i++)
    budget.whenRoom(() => {
      awake++
      budget.queue(10)
    })
  budget.settle(10)
  for (let i = 0; i < 10; i++) await nextTurn()
  assert.ok(awake > 0 && awake <= 16, `${awake}`)
})
