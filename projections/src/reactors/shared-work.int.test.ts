import { comesTrue } from '@secumon/infra/testing/comes-true'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { testDatabase } from '../testing/recorder.ts'
import { shareWork } from './shared-work.ts'

const database = await testDatabase({ after })
const logger = pino({ level: 'silent' })
const parts = ['work-0', 'work-1', 'work-2', 'work-3']
const doing = new Map<number, string>()
const twice: number[] = []

function worker(name: string) {
  const stop = new AbortController()
  const options = { database, group: 'workers', parts, signal: stop.signal, logger, ttlMs: 500 }
  const done = shareWork(options, async (part, { signal }) => {
    if (doing.has(part)) twice.push(part)
    doing.set(part, name)
    await new Promise<void>((resolve) =>
      signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve()),
    )
    doing.delete(part)
  })
  return {
    stop: async () => {
      stop.abort()
      await done
    },
  }
}

const shareOf = (name: string): number => [...doing.values()].filter((each) => each === name).length

test('one does everything, two do half each, and the last one everything again', async () => {
  const first = worker('first')
  await comesTrue('the first does all', () => shareOf('first') === 4)
  const second = worker('second')
  await comesTrue('each does half', () => shareOf('first') === 2 && shareOf('second') === 2)
  await first.stop()
  await comesTrue('the second does all', () => shareOf('second') === 4)
  await second.stop()
  assert.deepEqual(twice, [])
})
