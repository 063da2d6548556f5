import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differences } from './differences.ts'

test('differences are named by their path', () => {
  const before = { name: 'a', condition: { threshold: 90, recovery: null }, tags: ['x'], old: 1 }
  const after = { name: 'a', condition: { threshold: 95, recovery: null }, tags: ['y'], new: 2 }
  assert.deepEqual(differences(before, after), [
    'condition.threshold: 90 → 95',
    'tags: ["x"] → ["y"]',
    'old: 1 → nothing',
    'new: nothing → 2',
  ])
  assert.deepEqual(differences(before, structuredClone(before)), [])
})
