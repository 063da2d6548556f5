import { SAMPLE_TABLES } from '@secumon/projections/samples/tables'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TABLES } from './raw-rows.ts'
import { VALUES } from './sample-values.ts'

for (const { table, columns } of SAMPLE_TABLES) {
  const made = TABLES.find((known) => known === table)
  if (made === undefined) continue
  test(`everything that is measured in ${table} has a value that is made`, () => {
    const numbers = columns.filter(({ kind }) => /real|bigint|double|integer/.test(kind))
    const missing = numbers.map(({ name }) => name).filter((name) => !(name in VALUES[made]))
    assert.deepEqual(
      missing.filter((name) => name !== 'interval_ms' && name !== 'pid'),
      [],
    )
  })
}
