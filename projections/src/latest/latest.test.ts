// What stays of an observation when the next one does not say it again.

import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { ObservationSchema } from '@secumon/contracts/gen/observation'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergeLatest, type Latest } from './latest.ts'

type Tick = MessageInitShape<typeof ObservationSchema>

const faultsAfter = (...ticks: Tick[]): string[] =>
  ticks
    .reduce(
      (latest: Latest | undefined, tick, i) =>
        mergeLatest(latest, create(ObservationSchema, { intervalMs: 10_000, ...tick }), i),
      undefined,
    )
    ?.faults.map(({ collector, message }) => `${collector}: ${message}`) ?? []

const said = (collector: string, message: string) => ({ collectorFaults: [{ collector, message }] })
const damaged: Tick = { custom: {}, ...said('text-files', 'a.prom is damaged') }

test('what is wrong with files of programs stands until they are read again, or the agent begins anew', () => {
  const before = 'text-files: a.prom is damaged'
  assert.deepEqual(faultsAfter(damaged, {}, {}), [before])
  assert.deepEqual(faultsAfter(damaged, said('cpu', 'no')), [before, 'cpu: no'])
  assert.deepEqual(faultsAfter(damaged, {}, { custom: {} }), [])
  assert.deepEqual(faultsAfter(damaged, {}, said('text-files', 'hangs')), ['text-files: hangs'])
  assert.deepEqual(faultsAfter(damaged, { intervalMs: 0 }), [])
})

test('what other collectors failed at is of its tick', () => {
  assert.deepEqual(faultsAfter(said('cpu', 'no'), {}), [])
})
