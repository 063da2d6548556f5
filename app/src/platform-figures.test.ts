import assert from 'node:assert/strict'
import { test } from 'node:test'
import { platformFigures } from './platform-figures.ts'

const stream = { stream: 'EVENTS', messages: 1, first: 1, last: 1 }
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
  })
  assert.deepEqual(Object.fromEntries(figures), {
    lag_seconds: 2,
    archive_lag_seconds: 7,
    holes: 3,
    dead_letters: 4,
    log_fill_percent: 75,
  })
})

test('of nothing every figure is 0', () => {
  const figures = platformFigures({ lags: [], holes: [], deadLetters: [], streams: [] })
  assert.deepEqual([...figures.values()], [0, 0, 0, 0, 0])
})
