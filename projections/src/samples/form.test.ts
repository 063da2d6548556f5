import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultOf } from './form.ts'

test('a database that cannot go on with a form says so, and any other goes on', () => {
  for (const form of ['partitions', 'hypertables'] as const)
    for (const offered of ['plain', 'apache', 'full'] as const)
      assert.equal(faultOf(form, offered), undefined)
  assert.equal(faultOf('aggregates', 'full'), undefined)
  assert.match(faultOf('aggregates', 'apache') ?? '', /full edition, which alone can read them/)
  assert.match(faultOf('remains', 'plain') ?? '', /went with TimescaleDB/)
  assert.match(faultOf('remains', 'full') ?? '', /went with TimescaleDB/)
})
