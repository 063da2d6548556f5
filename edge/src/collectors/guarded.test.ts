import assert from 'node:assert/strict'
import { test } from 'node:test'
import { momentAt } from '../testing/host-tree.ts'
import type { Reading } from './collector.ts'
import { guarded } from './guarded.ts'

test('an exception is a fault, whether thrown or rejected', async () => {
  const thrown = guarded(
    {
      name: 'a',
      collect: () => {
        throw new Error('no such file')
      },
    },
    1000,
  )
  assert.deepEqual(await thrown(momentAt(0)), { faults: ['no such file'] })
  const rejected = guarded({ name: 'a', collect: () => Promise.reject(new Error('x'.repeat(5000))) }, 1000)
  assert.equal((await rejected(momentAt(0))).faults?.[0]?.length, 300)
})

test('a collector that hangs is not asked again until it has answered', async () => {
  const answer = Promise.withResolvers<Reading>()
  let asked = 0
  const ask = guarded(
    { name: 'a', collect: () => (asked++, asked === 1 ? answer.promise : { host: { systemUsers: 1 } }) },
    5,
  )
  assert.deepEqual(await ask(momentAt(0)), { faults: ['did not answer within 5 ms'] })
  assert.deepEqual(await ask(momentAt(1)), { faults: ['has not answered yet'] })
  assert.equal(asked, 1)
  answer.reject(new Error('too late to matter'))
  await answer.promise.catch(() => undefined)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(await ask(momentAt(2)), { host: { systemUsers: 1 } })
})
