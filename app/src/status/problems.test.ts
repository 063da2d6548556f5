import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StorageSummary } from '@secumon/projections/storage/queries/summary'
import type { PlatformStatus } from './platform-status.ts'
import { problems } from './problems.ts'
import { render } from './render.ts'

const NOW = 1_800_000_000_000
const MIB = 1024 ** 2
const lease = (name: string, held = true) => ({ name, holder: `vm/7/${name}`, fence: 1, held })
const stream = {
  stream: 'TELEMETRY_0',
  messages: 12_345,
  bytes: 30 * MIB,
  maxBytes: 100 * MIB,
  first: 1,
  last: 12_345,
}
const lag = { projection: 'samples', stream: 'TELEMETRY_0', backlog: 3, lagMs: 200 }

const reactor = {
  reactor: 'evaluate',
  partition: 0,
  stream: 'TELEMETRY_0',
  bytes: 12,
  backlog: 0,
  savedAtMs: NOW,
}

const GIB = 1024 ** 3
const HOUR = 3_600_000
const job: StorageSummary['jobs'][number] = {
  name: 'retention',
  about: 'drops what is old',
  schedule: 'daily at 04:00 UTC',
  state: 'waiting',
  lastRunMs: NOW - 8 * HOUR,
  lastDurationMs: 900,
  lastOkMs: NOW - 8 * HOUR,
  nextRunMs: NOW + 16 * HOUR,
  failures: 0,
  detail: null,
  owner: 'secumon',
  deletes: false,
}
const space = { freeBytes: 40 * GIB, totalBytes: 100 * GIB }
const storage: StorageSummary = {
  jobs: [job],
  rollups: [{ relation: 'metrics_5min', lagMs: 200_000, dirty: 3 }],
  disk: { atMs: NOW, space },
  growth: { bytesPerDay: GIB, daysLeft: 40 },
}
const stored = (given: Partial<StorageSummary>): Partial<PlatformStatus> => ({
  storage: { ...storage, ...given },
})

const well: PlatformStatus = {
  reconciled: true,
  streams: [stream],
  lags: [lag],
  archive: { flush: 9, committedAtMs: NOW - 400, fullSinceMs: null },
  database: 'PostgreSQL 18.4 without TimescaleDB',
  deadLetters: [],
  holes: [],
  forks: 0,
  leases: [lease('clock'), lease('keeper'), lease('storage-jobs'), lease('reconcile', false)],
  rebuilds: [],
  reactors: [],
  failing: [],
  storage,
}

test('a platform that is well has no problems', () => assert.deepEqual(problems(well, NOW), []))

const disk = { directory: '/srv/archive', freeBytes: 10 * MIB, short: true }
const troubles: [string, Partial<PlatformStatus>, RegExp][] = [
  [
    'a job that fails again and again',
    stored({ jobs: [{ ...job, state: 'failed', failures: 3, detail: 'lock timeout' }] }),
    /^the job retention has failed 3 times, and is tried again: lock timeout$/,
  ],
  [
    'a job that hangs',
    stored({ jobs: [{ ...job, state: 'running' }] }),
    /^the job retention has been running for 8 h/,
  ],
  [
    'a daily job that is not done for two nights, and what it waits for',
    stored({ jobs: [{ ...job, lastOkMs: NOW - 60 * HOUR, detail: 'metrics waits for metrics_5min' }] }),
    /^the job retention was last done 3 d ago: metrics waits/,
  ],
  [
    'a rollup that is behind',
    stored({ rollups: [{ relation: 'metrics_5min', lagMs: HOUR, dirty: 0 }] }),
    /^metrics_5min is 60 min behind/,
  ],
  [
    'a disk that is nearly full',
    stored({ disk: { atMs: NOW, space: { ...space, freeBytes: 8 * GIB } } }),
    /^the database's disk has 8.0 GiB \(8 %\) left, .*make room$/,
  ],
  [
    'one that will be soon',
    stored({ growth: { bytesPerDay: GIB, daysLeft: 9 } }),
    /^the database's disk is full in 9 days/,
  ],
  ['a log that is not reconciled', { reconciled: false }, /^the log takes nothing .* archiver/],
  [
    'a stream that fills up, with who holds it',
    { streams: [{ ...stream, bytes: 80 * MIB }], lags: [{ ...lag, backlog: 12_000 }] },
    /^TELEMETRY_0 is 80 % full.*: samples holds 12 000 messages back$/,
  ],
  ['a projection behind', { lags: [{ ...lag, lagMs: 61_000 }] }, /^samples is 61 s behind .*role projector/],
  ['the archive behind', { lags: [{ ...lag, projection: 'archive', lagMs: 16_000 }] }, /role archiver/],
  [
    'an archive without room',
    { archive: { ...well.archive, fullSinceMs: NOW - 300_000, disk } },
    /^the archive has had no room for 5 min.*make room/,
  ],
  [
    'a disk that is short',
    { archive: { ...well.archive, disk } },
    /^the disk of \/srv\/archive has 10\.0 MiB left/,
  ],
  [
    'nobody leads',
    { leases: [lease('keeper', false)] },
    /^nobody does clock, keeper, storage-jobs: start a role archiver/,
  ],
  [
    'nobody evaluates',
    { leases: [...well.leases, lease('evaluate-0', false), lease('notify-1', false)] },
    /^nobody does evaluate-0, notify-1, .*role alerter/,
  ],
  [
    'a reactor that is stuck',
    { reactors: [{ ...reactor, backlog: 9, savedAtMs: NOW - 600_000 }] },
    /^evaluate 0 has saved nothing for 10 min/,
  ],
  [
    'a part that fails again and again',
    { failing: [{ part: 'notify-2', failures: 5, sinceMs: NOW, reason: 'the row is odd' }] },
    /^notify-2 failed 5 times since 08:00 UTC, and is tried again each time: the row is odd$/,
  ],
  [
    'dead letters',
    { deadLetters: [{ projection: 'samples', count: 1 }] },
    /^1 dead letter of samples: see `secumon dead-letters ls --projection samples`/,
  ],
  ['holes', { holes: [{ projection: 'samples', count: 2 }] }, /2 holes .*`secumon rebuild samples`/],
  ['forks', { forks: 1 }, /^log and archive differ in 1 place: /],
]
for (const [what, wrong, line] of troubles)
  test(`${what} is one line that says what to do`, () => {
    const lines = problems({ ...well, ...wrong }, NOW)
    assert.equal(lines.length, 1, lines.join('\n'))
    assert.match(lines[0] ?? '', line)
  })

test('it is drawn in columns, without colours where nobody sees them', () => {
  const api = { url: 'http://x', status: 'healthy', version: '1.2.3', roles: { api: { status: 'healthy' } } }
  const lags = [lag, { ...lag, stream: 'TELEMETRY_1', backlog: 0, lagMs: 0 }]
  const rebuilds = [{ projection: 'agents', generation: 2, phase: 'archive', wanted: 'run', share: 0.43 }]
  const text = render({ api, platform: { ...well, lags, rebuilds }, problems: ['one thing'] }, NOW)
  assert.equal(
    text,
    `SecuMon 1.2.3 at http://x: healthy
  api          healthy

LOG          MESSAGES      SIZE    LIMIT  FULL
TELEMETRY_0    12 345  30.0 MiB  100 MiB  30 %

PROJECTION  STREAM       BEHIND  OLDEST  DEAD LETTERS  HOLES
samples     TELEMETRY_0       3   0.2 s             0      0
            TELEMETRY_1       0       -

database  PostgreSQL 18.4 without TimescaleDB
archive   flush 9, 0.4 s ago
led       clock by vm/7 · keeper by vm/7 · storage-jobs by vm/7
rebuild   agents generation 2: archive, 43 %

! one thing`,
  )
})
