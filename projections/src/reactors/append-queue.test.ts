import { Rejected } from '@secumon/domain/rejected'
import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, test } from 'node:test'
import { pino } from 'pino'
import { AppendQueue, type AppendQueueOptions } from './append-queue.ts'

const logger = pino({ level: 'silent' })

function queueOf(options: Partial<AppendQueueOptions> = {}) {
  const stop = new AbortController()
  const refused: string[] = []
  const onRefused = (error: Rejected) => void refused.push(error.message)
  const queue = new AppendQueue({ logger, signal: stop.signal, onRefused, ...options })
  return { queue, stop, refused }
}

describe('an append queue', () => {
  test('keeps the order of one aggregate and runs others beside it', async () => {
    const { queue } = queueOf()
    const done: string[] = []
    let together = 0
    let most = 0
    const work = (order: string, name: string) => ({
      order,
      run: async () => {
        most = Math.max(most, ++together)
        for (let i = 0; i < 3; i++) await turn()
        together--
        done.push(name)
      },
    })
    for (const name of ['1', '2', '3']) queue.push(work('a', `a${name}`))
    for (const name of ['1', '2']) queue.push(work('b', `b${name}`))
    await queue.settled()
    assert.deepEqual(
      done.filter((name) => name.startsWith('a')),
      ['a1', 'a2', 'a3'],
    )
    assert.deepEqual([done.length, most], [5, 2])
  })

  test('never runs more at once than it may', async () => {
    const { queue } = queueOf({ concurrency: 3 })
    let together = 0
    let most = 0
    for (let i = 0; i < 20; i++)
      queue.push({
        order: String(i),
        run: async () => {
          most = Math.max(most, ++together)
          await turn()
          together--
        },
      })
    await queue.settled()
    assert.equal(most, 3)
  })

  test('tries again what is not taken, and tells what is refused', async () => {
    const { queue, refused } = queueOf()
    let tries = 0
    queue.push({
      order: 'a',
      run: async () => {
        if (++tries < 3) throw new Rejected('unavailable', 'full', { retryAfterMs: 1 })
      },
    })
    queue.push({ order: 'a', run: () => Promise.reject(new Rejected('invalid', 'nonsense')) })
    await queue.settled()
    assert.deepEqual([tries, refused], [3, ['nonsense']])
  })

  test('settles what was pushed before, whatever comes after', async () => {
    const { queue } = queueOf()
    const last = Promise.withResolvers<void>()
    queue.push({ order: 'a', run: async () => turn() })
    const settled = queue.settled()
    queue.push({ order: 'b', run: () => last.promise })
    await settled
    assert.equal(queue.size, 1)
    last.resolve()
    await queue.settled()
  })

  test('makes its caller wait when it is full, until the signal comes', async () => {
    const { queue, stop } = queueOf({ capacity: 1 })
    queue.push({ order: 'a', run: () => new Promise(() => undefined) })
    let waiting = true
    const room = queue.room().then(() => (waiting = false))
    await turn()
    assert.equal(waiting, true)
    stop.abort()
    await room
  })
})
