// Content as tenants may have it, all kinds of it, with texts that a file could take for something else; at random, the same
// for the same seed.

import { derivedUlid } from '@secumon/projections/reactors/command-id'
import fc from 'fast-check'

/** Content as a file says it; every item has an id, where there may be several. */
export type AnyContent = Readonly<Record<string, readonly object[]>>

const TRAPS = [
  '${HOME} and $${X}',
  '5m',
  'null',
  '<<',
  '*a',
  '&b',
  '!!int 5',
  '- x',
  'a: b # c',
  '"',
  "'",
  '|',
  '0x1F',
  '1e3',
  'yes',
  '~',
  '2026-11-22',
  'two\nlines',
  'a\n\n  b\n',
  '👩‍🚒 é',
  'word '.repeat(36).trim(),
]
const line = (maxLength: number) =>
  fc.oneof(
    fc.constantFrom(...TRAPS.filter((trap) => !trap.includes('\n'))),
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength })
      .filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text) && text.trim() !== '' && text.length <= maxLength),
  )
const text = fc.oneof(fc.constantFrom('', ...TRAPS), line(60))
/** Several things may have the same name, or that of something else's id. */
const name = fc.oneof(fc.constantFrom('ops', 'night', idOf('channels', 0)), line(40))
const duration = (...words: readonly string[]) => fc.constantFrom(...words)
const matcher = fc.record({
  label: fc.constantFrom('agent', 'window', 'severity', '<<'),
  operator: fc.constantFrom('=', '!=', '~', '!~'),
  value: line(30),
})
const matchers = (minLength: number) => fc.array(matcher, { minLength, maxLength: 3 })
const hours = fc.record({
  time_zone: fc.constantFrom('UTC', 'Europe/Paris'),
  hours: fc.constant([{ days: [1, 7], from_minute: 480, until_minute: 60 }]),
})

function idOf(kind: string, index: number): string {
  return derivedUlid(0, kind, String(index))
}

/** One that may be there, or is not. */
const refTo = (kind: string) => fc.nat(5).map((index) => idOf(kind, index))

const channel = fc.record({
  name,
  kind: fc.constant('webhook'),
  language: fc.constantFrom('en', 'fr'),
  title_template: fc.constantFrom('', 'a {{title}}'),
  rate_per_minute: fc.nat(100),
  time_zone: fc.constantFrom('UTC', 'Asia/Kolkata'),
  secrets: fc.constant({ url: 'https://hooks.example/x' }),
})
const member = fc.record({
  name: line(30),
  channels: fc.array(refTo('channels'), { minLength: 1, maxLength: 3 }),
})
const schedule = fc.record({
  name,
  time_zone: fc.constantFrom('UTC', 'Europe/Paris'),
  layers: fc.array(
    fc.record({
      name: line(30),
      members: fc.array(member, { minLength: 1, maxLength: 3 }),
      starts_at: fc.constant('2026-01-01T09:00:00'),
      days_each: fc.integer({ min: 1, max: 30 }),
      only: fc.option(hours),
    }),
    { minLength: 1, maxLength: 2 },
  ),
})
const target = fc.oneof(
  fc.record({ channel: refTo('channels') }),
  fc.record({ schedule: refTo('schedules') }),
)
const policy = fc.record({
  name,
  matchers: matchers(0),
  order: fc.nat(1_000),
  group_by: fc.uniqueArray(fc.constantFrom('agent', 'rule', 'team'), { maxLength: 2 }),
  group_wait: duration('0s', '30s'),
  group_interval: duration('0ms', '1500ms', '5m'),
  repeat_interval: duration('0s', '1h30m'),
  steps: fc.array(
    fc.record({
      delay: duration('0s', '10m'),
      targets: fc.array(target, { minLength: 1, maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
  repeats: fc.nat(3),
  send_resolved: fc.boolean(),
  active_hours: fc.option(hours),
})
const metric = fc.record({
  kind: fc.constant('metric'),
  metric: fc.constant('disk.usage_percent'),
  comparison: fc.constant('gt'),
  threshold: fc.double({ min: 50, max: 99, noNaN: true }),
  recovery: fc.option(fc.integer({ min: 0, max: 50 })),
  aggregation: fc.constant('avg'),
  window: duration('1s', '5m', '24h'),
  dimension: fc.constantFrom('', '/var*'),
})
const forecast = fc.record({
  kind: fc.constant('forecast'),
  metric: fc.constant('disk.usage_percent'),
  comparison: fc.constant('gt'),
  threshold: fc.constant(90),
  window: duration('10m', '7d'),
  horizon: duration('1m', '30d'),
})
const rule = fc.record({
  name,
  description: text,
  severity: fc.constantFrom('info', 'warning', 'critical'),
  condition: fc.oneof(metric, forecast, fc.constant({ kind: 'offline' })),
  duration: duration('0s', '90s', '1d'),
  keep_firing: duration('0s', '1h'),
  labels: fc.dictionary(fc.constantFrom('window', 'delay', 'after', 'team'), line(40)),
  scope: fc.constantFrom({ kind: 'everyone' }, { kind: 'tag', tag: '5m' }),
  escalation_policy: fc.option(refTo('policies')),
  enabled: fc.boolean(),
})
const maintenance = fc.record({
  name,
  reason: text,
  matchers: matchers(0),
  time_zone: fc.constantFrom('UTC', 'Europe/Paris'),
  starts_at: fc.constant('2026-11-22T02:00:00'),
  duration: duration('1m', '2h'),
  recurrence: fc.constantFrom('', 'FREQ=WEEKLY;BYDAY=SU'),
})
const silence = fc.record({
  matchers: matchers(1),
  reason: text,
  starts_at: fc.constantFrom(null, '2027-02-01T00:00:00Z'),
  expires_at: fc.constant('2027-06-01T00:00:00+02:00'),
})

const retention = fc.record({
  raw_days: fc.integer({ min: 5, max: 30 }),
  rollup_5min_days: fc.option(fc.integer({ min: 30, max: 90 })),
  rollup_1hour_days: fc.option(fc.integer({ min: 90, max: 365 })),
  logs_days: fc.option(fc.integer({ min: 1, max: 30 })),
})

const list = (kind: string, item: fc.Arbitrary<object>) =>
  fc
    .array(item, { maxLength: 4 })
    .map((items) => items.map((each, index) => ({ id: idOf(kind, index), ...each })))

/** Content that can be applied at `ANY_CONTENT_AT_MS`. */
export const anyContent: fc.Arbitrary<AnyContent> = fc.record({
  channels: list('channels', channel),
  schedules: list('schedules', schedule),
  policies: list('policies', policy),
  rules: list('rules', rule),
  maintenances: list('maintenances', maintenance),
  silences: list('silences', silence),
  retention: fc.array(retention, { maxLength: 1 }),
})

/** Its silences lie in the year after. */
export const ANY_CONTENT_AT_MS = Date.UTC(2027, 0, 1)
