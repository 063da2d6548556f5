import { describe, expect, it } from 'vitest'
import { en } from '../i18n/en.ts'
import type { RuleSpec } from '../lib/alerting-types.ts'
import { formatNumber } from './number-format.ts'
import { parseQuantity, quantityText } from './quantity.ts'
import { refusalText, ruleFaults, ruleFieldOf, ruleForm, ruleSpec } from './rule-form.ts'
import { ruleSentence, scopeText } from './rule-text.ts'
import { formatDuration } from './time-format.ts'

const MEMORY: RuleSpec = {
  name: 'Memory',
  description: '',
  severity: 'warning',
  condition: {
    kind: 'metric', metric: 'memory.available_bytes', comparison: 'lt', threshold: 2 * 1024 ** 3, recovery: 3 * 1024 ** 3,
    aggregation: 'avg', window_ms: 300_000, dimension: '',
  },
  duration_ms: 180_000,
  keep_firing_ms: 0,
  no_data: { policy: 'alert', after_ms: 60_000 },
  labels: { team: 'base' },
  scope: { kind: 'tag', tag: 'env:prod' },
  escalation_policy: null,
  runbook_url: '',
} // prettier-ignore

describe('quantities', () => {
  it.each([
    ['90', 'percent', 90],
    ['80 %', 'percent', 80],
    ['0,5', 'count', 0.5],
    ['-4', 'celsius', -4],
    ['20 GiB', 'bytes', 20 * 1024 ** 3],
    ['20 Gio', 'bytes', 20 * 1024 ** 3],
    ['5MB/s', 'bytes_per_second', 5e6],
    ['5 GiB', 'percent', undefined],
    ['5 XiB', 'bytes', undefined],
    ['much', 'count', undefined],
    ['', 'count', undefined],
  ] as const)('%s in %s is %s', (text, unit, value) => expect(parseQuantity(text, unit)).toBe(value))
  it.each([
    [2 * 1024 ** 3, 'bytes', '2 GiB'],
    [1500, 'bytes', '1500'],
    [90, 'percent', '90'],
  ] as const)('%s in %s is written %s', (value, unit, text) => expect(quantityText(value, unit)).toBe(text))
})

describe('rule form', () => {
  it('makes the rule it was filled with', () => expect(ruleSpec(ruleForm(MEMORY))).toEqual(MEMORY))
  it('keeps every kind of rule', () => {
    const forecast: RuleSpec = {
      ...MEMORY, scope: { kind: 'agent', agent: 'A' }, no_data: { policy: 'ignore', after_ms: 0 },
      condition: {
        kind: 'forecast', metric: 'disk.usage_percent', comparison: 'gt', threshold: 99, window_ms: 6e6, horizon_ms: 8e7,
        dimension: '/*',
      },
    } // prettier-ignore
    const offline: RuleSpec = { ...MEMORY, condition: { kind: 'offline' }, no_data: null }
    const platform: RuleSpec = {
      ...MEMORY, scope: { kind: 'everyone' }, no_data: null,
      condition: { kind: 'platform', metric: 'holes', comparison: 'gt', threshold: 0 },
    } // prettier-ignore
    for (const spec of [forecast, offline, platform]) expect(ruleSpec(ruleForm(spec))).toEqual(spec)
  })
  it('says which numbers are none', () =>
    expect(ruleFaults({ ...ruleForm(), threshold: 'lots', recovery: 'few' })).toEqual([
      'threshold',
      'recovery',
    ]))
  it('drops the window of a last value and labels without a name', () => {
    const spec = ruleSpec({ ...ruleForm(), labels: [{ name: ' ', value: 'x' }] })
    expect([spec.condition, spec.labels]).toEqual([expect.objectContaining({ window_ms: 0 }), {}])
  })
  it.each([
    ['it fires above 90: it cannot recover at 95, which is higher', undefined, 'recovery'],
    ['cpu.usage_percent is 0 to 100 %: it can never cross 140', undefined, 'threshold'],
    ['avg, max, min and rate need a window of 1 second at least', undefined, 'window'],
    ['silence takes 10 seconds to 7 days', undefined, 'noData'],
    ['every alert has the label agent already', undefined, 'labels'],
    ['not a tag: "a b"', undefined, 'scope'],
    ['invalid request', 'body.spec.name: Too small', 'name'],
    ['something new', undefined, 'rule'],
  ])('puts “%s” beside its field', (message, detail, field) =>
    expect(ruleFieldOf({ message, detail })).toBe(field),
  )
  it('tells a refusal without the path', () =>
    expect(refusalText({ message: 'invalid request', detail: 'body.spec.name: too short; body.x: no' })).toBe(
      'too short; no',
    ))
})

describe('rule in a sentence', () => {
  const speech = {
    t: en,
    language: 'en',
    number: (value: number, unit: Parameters<typeof formatNumber>[1]) => formatNumber(value, unit, 'en-GB'),
    duration: (ms: number) => formatDuration(ms, 'en-GB'),
  } as const
  it('tells metric, threshold, window and duration', () =>
    expect(ruleSentence(MEMORY, speech)).toBe(
      'Memory available without swapping below 2.00\u00a0GiB, mean of 5 min, for 3 min',
    ))
  it('tells silence', () =>
    expect(ruleSentence({ condition: { kind: 'offline' }, duration_ms: 0 }, speech)).toBe(
      'Nothing is heard of the host',
    ))
  it('tells whom it concerns', () => expect(scopeText(MEMORY, en)).toBe('agents tagged env:prod'))
})
