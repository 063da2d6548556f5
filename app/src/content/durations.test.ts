import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inMilliseconds, inWords } from './durations.ts'

test('known keys take durations, and give them back', () => {
  const file = { name: '5m', duration: '5m', steps: [{ delay: '10s' }], odd: '5m' }
  const keys = new Set(['duration_ms', 'delay_ms'])
  const said = inMilliseconds(file, keys)
  assert.deepEqual(said, { name: '5m', duration_ms: 300_000, steps: [{ delay_ms: 10_000 }], odd: '5m' })
  assert.deepEqual(inWords(said), file)
})
