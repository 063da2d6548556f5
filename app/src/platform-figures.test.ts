import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import { defaultRules } from '@secumon/domain/rule/default-rules'
import { PLATFORM_METRICS } from '@secumon/domain/rule/platform-metrics'
import type { StorageSummary } from '@secumon/projections/storage/queries/summary'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { platformFigures } from './platform-figures.ts'

const stream = { stream: 'EVENTS', messages: 1, first: 1, last: 1 }
const storage = (freeBytes?: number): StorageSummary => ({
  jobs: [],
  rollups: [],
  growth: { bytesPerDay: null, daysLeft: null },
  disk: { atMs: 0, space: freeBytes === undefined ? null : { freeBytes, totalBytes: 200 } },
})
const NOTHING = { lags: [], holes: [], deadLetters: [], streams: [], storage: storage() }
const lag = (projection: string, lagMs: number) => ({ projection, stream: 'EVENTS', backlog: 1, lagMs })

test('each figure is the worst, or the sum, of what the status lists', () => {
  const figures = platformFigures({
    lags: [lag('samples', 2_000), lag('agents', 500), lag('archive', 7_000)],
    holes: [
      { projection: 'samples', count: 2 },
      { projection: 'agents', count: 1 },
    ],
    deadLetters: [{ projection: 'samples', count: 4 }],
    streams: [
      { ...stream, bytes: 10, maxBytes: 0 },
      { ...stream, bytes: 30, maxBytes: 40 },
    ],
    storage: storage(50),
  })
  assert.deepEqual(figures, {
    lag_seconds: 2,
    archive_lag_seconds: 7,
    holes: 3,
    dead_letters: 4,
    log_fill_percent: 75,
    disk_fill_percent: 75,
  })
})

test('of nothing every figure is 0', () => {
  const figures = platformFigures(NOTHING)
  assert.deepEqual(Object.values(figures), [0, 0, 0, 0, 0, 0])
})

test('what is said is what rules can ask for, and what the first rules ask for', () => {
  const said = Object.keys(platformFigures(NOTHING)).toSorted()
  assert.deepEqual(said, PLATFORM_METRICS.map(({ key }) => key).toSorted())
  const asked = defaultRules(SYSTEM_TENANT).flatMap(({ command }) =>
    command.kind === 'CreateRule' && command.spec.condition.case === 'platform'
      ? [command.spec.condition.value.metric]
      : [],
  )
  assert.deepEqual(new Set(asked), new Set(said))
})
