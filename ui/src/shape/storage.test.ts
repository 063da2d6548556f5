import { describe, expect, it } from 'vitest'
import { enStorage } from '../i18n/en-storage.ts'
import { frStorage } from '../i18n/fr-storage.ts'
import type { Retention, RetentionDays, StorageJob, StoredRelation } from '../lib/storage-types.ts'
import { jobAbout, scheduleWords } from './job-text.ts'
import { deletionsOf, pendingChange, retentionFault } from './retention-form.ts'
import { behindMs, beginsAt, listedRelations, relationWords } from './stored-relations.ts'
import { routeOf } from './routes.ts'

const DAY = 86_400_000
const TODAY = 20_000
const NOW = TODAY * DAY + DAY / 2
/** 04:00 of the day after. */
const NIGHT = (TODAY + 1) * DAY + DAY / 6
const AS_PLATFORM: RetentionDays = { raw: null, rollup_5min: null, rollup_1hour: null, logs: null }
const RETENTION: Retention = {
  kept: AS_PLATFORM,
  version: 0,
  platform: { raw: 30, rollup_5min: 90, rollup_1hour: 365, logs: 30 },
  fewest_raw_days: 5,
  begins: { raw: (TODAY - 20) * DAY, rollup_5min: (TODAY - 20) * DAY, rollup_1hour: null, logs: NOW },
  unknown: [],
  runs_at: NIGHT,
  changed: null,
}

describe('a retention', () => {
  const faults: [string, Partial<RetentionDays>, string | undefined][] = [
    ['as the platform', {}, undefined],
    ['half a day', { raw: 5.5 }, 'not-whole'],
    ['nothing', { raw: 0 }, 'not-whole'],
    ['more than the platform', { raw: 31 }, 'too-many'],
    ['less than late samples need', { raw: 4 }, 'too-few'],
  ]
  for (const [says, days, fault] of faults)
    it(`of ${says}: ${fault ?? 'may be'}`, () => {
      expect(retentionFault({ ...AS_PLATFORM, ...days }, 'raw', RETENTION)?.kind).toBe(fault)
    })

  it('keeps what is coarser at least as long', () => {
    const days = { ...AS_PLATFORM, rollup_5min: 29 }
    expect(retentionFault(days, 'rollup_5min', RETENTION)).toEqual({ kind: 'less-than-finer', finer: 'raw' })
    expect(retentionFault({ ...days, raw: 29 }, 'rollup_5min', RETENTION)).toBeUndefined()
  })

  it('deletes whole days of what is there or may be, at the night to come', () => {
    const to = { raw: 7, rollup_5min: 30, rollup_1hour: 90, logs: 3 }
    expect(deletionsOf({ from: AS_PLATFORM, to }, RETENTION, NOW)).toEqual([
      { kind: 'raw', beforeMs: (TODAY + 1 - 7) * DAY, sinceMs: (TODAY - 20) * DAY },
    ])
    expect(deletionsOf({ from: to, to: AS_PLATFORM }, RETENTION, NOW)).toEqual([])
    const unknown: Retention = { ...RETENTION, unknown: ['rollup_1hour', 'logs'] }
    expect(deletionsOf({ from: AS_PLATFORM, to: { ...to, raw: null } }, unknown, NOW)).toEqual([
      { kind: 'rollup_1hour', beforeMs: (TODAY + 1 - 90) * DAY, sinceMs: null },
      { kind: 'logs', beforeMs: (TODAY + 1 - 3) * DAY, sinceMs: null },
    ])
  })

  it('can be taken back until that night', () => {
    const set = (at: number): Retention => ({
      ...RETENTION,
      kept: { ...AS_PLATFORM, raw: 7 },
      changed: { at, by: null, before: AS_PLATFORM },
    })
    expect(pendingChange(set(NOW), NOW)?.back).toEqual(AS_PLATFORM)
    const longer = {
      ...set(NOW),
      changed: { at: NOW, by: null, before: { ...AS_PLATFORM, raw: 20, logs: 3 } },
    }
    expect(pendingChange(longer, NOW)?.back).toEqual({ ...AS_PLATFORM, raw: 20 })
    expect(pendingChange(set(NIGHT - 2 * DAY), NOW)).toBeUndefined()
    expect(pendingChange(RETENTION, NOW)).toBeUndefined()
    const back = { ...set(NOW), kept: AS_PLATFORM, changed: { at: NOW, by: null, before: set(NOW).kept } }
    expect(pendingChange(back, NOW)).toBeUndefined()
  })
})

describe('tables', () => {
  const relation = (given: Partial<StoredRelation>): StoredRelation => ({
    schema: 'samples_1',
    name: 'metrics',
    form: 'partitioned',
    kept_days: 30,
    bytes: 1,
    rows: 1,
    bytes_per_value: null,
    oldest: null,
    newest: null,
    floor: null,
    until: null,
    dirty: 0,
    late_rows: 0,
    ...given,
  })

  it('are called by what is in them', () => {
    const called = (given: Partial<StoredRelation>) => relationWords(relation(given), enStorage)
    expect(called({})).toBe('Hosts, as measured')
    expect(called({ name: 'disk_metrics_packed' })).toBe('File systems and devices, packed days')
    expect(called({ name: 'metrics_1hour', schema: 'sealed' })).toBe(
      'Hosts, by the hour, from before the last rebuild',
    )
    expect([called({ name: 'logs' }), called({ name: 'other' })]).toEqual(['Log lines', undefined])
  })

  it('stand in the order in which they are kept, empty helpers left out', () => {
    const listed = listedRelations([
      relation({ name: 'names', kept_days: null }),
      relation({ name: 'empty', kept_days: null, rows: 0 }),
      relation({ name: 'metrics_1hour', kept_days: 365 }),
      relation({}),
    ])
    expect(listed.map(({ name }) => name)).toEqual(['metrics', 'metrics_1hour', 'names'])
  })

  it('begin at their floor or their first row, and say when they are behind', () => {
    expect([beginsAt(relation({ floor: 5 })), beginsAt(relation({ floor: 5, oldest: 9 }))]).toEqual([5, 9])
    const rollup = relation({ name: 'metrics_5min', until: NOW - 3_600_000 })
    expect([
      behindMs(rollup, NOW),
      behindMs(relation({ name: 'metrics_1hour', until: NOW - 3_600_000 }), NOW),
    ]).toEqual([3_600_000, undefined])
  })
})

it('jobs are told in both languages', () => {
  const job = { name: 'roll-up', about: 'makes rollups', schedule: 'every 5 min' } as StorageJob
  expect(scheduleWords(job, frStorage)).toBe('toutes les 5 min')
  expect(scheduleWords({ ...job, schedule: 'daily at 04:00 UTC' }, enStorage)).toBe('daily at 04:00 UTC')
  expect(scheduleWords({ ...job, schedule: 'every 01:00:00' }, frStorage)).toBe('every 01:00:00')
  expect([jobAbout(job, 'en'), jobAbout({ ...job, name: 'policy_1' }, 'fr')]).toEqual([job.about, job.about])
})

it('the settings are a screen with pages', () => {
  expect([routeOf('/settings'), routeOf('/settings/storage')]).toEqual([
    { screen: 'settings', place: 'storage' },
    { screen: 'settings', place: 'storage' },
  ])
  expect([routeOf('/settings/else').screen, routeOf('/settings/storage/x').screen]).toEqual([
    'not-found',
    'not-found',
  ])
})
