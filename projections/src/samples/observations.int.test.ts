import assert from 'node:assert/strict'
import { create } from '@bufbuild/protobuf'
import { after, before, test } from 'node:test'
import { ObservationSchema, type Observation } from '@secumon/contracts/gen/observation'
import { HOST_METRICS, type Metric } from '@secumon/contracts/metrics'
import { readingOf } from '@secumon/domain/evaluation/reading'
import { testDatabase } from '@secumon/infra/testing/database'
import { tenantScope } from '../tenant-scope.ts'
import { startLoop, stopLoops } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { agentId, RecordedLane } from '../testing/recorded.ts'
import { STREAM } from '../testing/recorder.ts'
import { samplesProjector } from './project.ts'
import { queryObservations, type ObservationsRequest } from './queries/observations.ts'
import { observation } from './samples.fixture.ts'

const AGENT = agentId(1)
const T0 = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000

after(stopLoops)
const db = await testDatabase({ after })

before(async () => {
  const lane = new RecordedLane(AGENT)
  const log = new MemoryLog()
  for (let i = 0; i < 6; i++)
    log.append(STREAM, lane.frame({ receivedAtMs: T0 + i * 10_000 }, observation(T0 + i * 10_000, i)))
  const loop = startLoop({ projector: samplesProjector(), log, db })
  await loop.reached(6)
  await loop.stop()
})

const ask = (request: Partial<ObservationsRequest>, tenant = 'main') =>
  queryObservations(db, tenantScope(tenant), {
    agent: AGENT,
    metric: 'cpu.usage_percent',
    fromMs: T0,
    toMs: T0 + 60_000,
    limit: 1_000,
    ...request,
  })

/** What a rule reads of the metric: values by name, sorted. */
function valuesIn(metric: Metric, measured: Observation): string[] {
  const reading = readingOf(metric)
  if (reading.kind === 'one') return [String(reading.value(measured))]
  const values = reading.values(measured) ?? []
  return Array.from(values, (value, i) => `${reading.name(measured, i)} ${value}`).toSorted()
}

test('a rule reads of each metric what it read of the frame', async () => {
  const measured = create(ObservationSchema, observation(T0, 0))
  for (const metric of HOST_METRICS) {
    const [first] = (await ask({ metric: metric.key })).observations
    assert.ok(first, metric.key)
    assert.equal(first.atMs, T0)
    assert.equal(first.observation.intervalMs, 10_000)
    assert.deepEqual(valuesIn(metric, first.observation), valuesIn(metric, measured), metric.key)
  }
})

test('of more than the limit the newest come, each whole', async () => {
  const times = async (limit: number) =>
    ask({ metric: 'disk.usage_percent', limit }).then(({ observations, cut }) => [
      cut,
      observations.map(({ atMs }) => (atMs - T0) / 10_000),
    ])
  assert.deepEqual(await times(1_000), [false, [0, 1, 2, 3, 4, 5]])
  assert.deepEqual(await times(5), [true, [4, 5]])
})

test('nobody reads another tenant’s', async () => {
  assert.deepEqual(await ask({}, 'other'), { observations: [], cut: false })
})
