import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Wakes } from './wakes.ts'

test('the earliest time of each key as it was set last, however it was set', () => {
  const change = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.oneof(fc.nat(50), fc.constant(Infinity)))
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), fc.nat(60), (changes, nowMs) => {
      const [wakes, model] = [new Wakes(), new Map<string, number>()]
      for (const [key, atMs] of changes) {
        wakes.set(String(key), atMs)
        if (atMs === Infinity) model.delete(String(key))
        else model.set(String(key), atMs)
      }
      assert.equal(wakes.nextMs, Math.min(Infinity, ...model.values()))
      const due = [...model].filter(([, atMs]) => atMs <= nowMs).map(([key]) => key)
      assert.deepEqual(wakes.take(nowMs).toSorted(), due.toSorted())
      assert.ok(wakes.nextMs > nowMs)
    }),
  )
})
