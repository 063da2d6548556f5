import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { LogUnreadable, watchForStall } from './stall-watch.ts'

type Moment = { readonly at: number | undefined; readonly last: number }

/** What the watch says to what it sees at each look. */
async function watching(moments: readonly Moment[], readable: boolean): Promise<(LogUnreadable | string)[]> {
  mock.timers.enable({ apis: ['setInterval'] })
  const told: (LogUnreadable | string)[] = []
  let now: Moment = { at: undefined, last: 0 }
  const stop = watchForStall({
    stream: 'TELEMETRY_0',
    waitingAfter: () => now.at,
    bounds: async () => ({ first: 3, last: now.last }),
    isReadable: async () => readable,
    fail: (why) => told.push(why),
  })
  for (const moment of moments) {
    now = moment
    mock.timers.tick(5_000)
    for (let i = 0; i < 5; i++) await setImmediate()
  }
  stop()
  mock.timers.reset()
  return told
}

const grows = [10, 11, 12, 13].map((last) => ({ at: 9, last }))

test('a reader that waits while the stream grows past it is told that the store is damaged', async () => {
  const [why] = await watching(grows.slice(0, 3), false)
  assert.ok(why instanceof LogUnreadable)
  assert.equal(why.position, 10)
})

test('it tries another consumer where the message can be read', async () => {
  assert.deepEqual(await watching(grows.slice(0, 3), true), ['the consumer does not get beyond 9'])
})

const fine: [why: string, moments: Moment[]][] = [
  ['nothing is appended', [10, 10, 10, 10].map((last) => ({ at: 9, last }))],
  ['it gets on', [10, 11, 12, 13].map((last) => ({ at: last - 1, last }))],
  ['it is busy', [10, 11, 12, 13].map((last) => ({ at: undefined, last }))],
  ['what is appended is new', grows.slice(0, 2)],
]
for (const [why, moments] of fine)
  test(`no stall: ${why}`, async () => assert.deepEqual(await watching(moments, false), []))
