import assert from 'node:assert/strict'
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { test } from 'node:test'
import { ObservationSchema } from '@secumon/contracts/gen/observation'
import type { z } from 'zod'
import { RuleSpecBody } from '../schemas/rule.ts'
import { previewRule, type PreviewedAgent } from './preview-rule.ts'
import { ruleSpecOf } from './rule-text.ts'

const START = Date.UTC(2026, 0, 5)
const MINUTE = 60_000
const PERIOD = 10_000
const AGENT: PreviewedAgent = {
  id: '01JWEB00000000000000000000',
  tenant: 'main',
  name: 'web-1',
  tags: [],
  retired: false,
  simulated: false,
  periodMs: PERIOD,
}

type Values = MessageInitShape<typeof ObservationSchema>

const measuredAt = (fromMs: number, toMs: number, values: (atMs: number) => Values) =>
  Array.from({ length: (toMs - fromMs) / PERIOD }, (_, i) => {
    const atMs = fromMs + i * PERIOD
    return { atMs, observation: create(ObservationSchema, { intervalMs: PERIOD, ...values(atMs) }) }
  })

const cpu = (cpuUsagePercent: number): Values => ({ host: { cpuUsagePercent } })

async function preview(
  rule: Partial<z.input<typeof RuleSpecBody>>,
  measured: ReturnType<typeof measuredAt>,
  minutes: number,
): Promise<string[]> {
  const spec = ruleSpecOf(
    RuleSpecBody.parse({
      name: 'rule',
      severity: 'critical',
      condition: {
        kind: 'metric',
        metric: 'cpu.usage_percent',
        comparison: 'gt',
        threshold: 90,
        recovery: 80,
      },
      ...rule,
    }),
  )
  const spans = await previewRule({ spec, agent: AGENT, measured, toMs: START + minutes * MINUTE })
  const minute = (ms: number | undefined) => (ms === undefined ? '…' : String((ms - START) / MINUTE))
  return spans.map((span) =>
    [span.dimension, span.state, `${minute(span.fromMs)}–${minute(span.toMs)}`, span.value]
      .filter((part) => part !== '' && part !== undefined)
      .join(' '),
  )
}

test('pending, then firing until it is on the other side of the recovery', async () => {
  const steps = [50, 95, 95, 95, 85, 85, 70, 50]
  const measured = measuredAt(START, START + 8 * MINUTE, (atMs) =>
    cpu(steps[Math.floor((atMs - START) / MINUTE)] ?? 0),
  )
  assert.deepEqual(await preview({ duration_ms: 2 * MINUTE }, measured, 8), [
    'pending 1–3 95',
    'firing 3–6 95',
  ])
  assert.deepEqual(await preview({}, measured.slice(0, 12), 2), ['firing 1–… 95'])
})

test('each value of a dimension has its own', async () => {
  const measured = measuredAt(START, START + 2 * MINUTE, (atMs) => ({
    filesystems: { mount: ['/', '/data'], usagePercent: [atMs > START ? 99 : 1, 97] },
  }))
  const condition = { kind: 'metric', metric: 'disk.usage_percent', comparison: 'gt', threshold: 90 } as const
  assert.deepEqual(await preview({ condition }, measured, 2), [
    '/data firing 0–… 97',
    `/ firing ${PERIOD / MINUTE}–… 99`,
  ])
  assert.deepEqual(await preview({ condition: { ...condition, dimension: '/d*' } }, measured, 2), [
    '/data firing 0–… 97',
  ])
})

test('silence is seen by the clock beside the samples', async () => {
  const measured = [
    ...measuredAt(START, START + 2 * MINUTE, () => cpu(1)),
    ...measuredAt(START + 6 * MINUTE, START + 8 * MINUTE, () => cpu(1)),
  ]
  const [offline, ...more] = await preview({ condition: { kind: 'offline' } }, measured, 8)
  assert.match(offline ?? '', /^firing 2\.\d+–6$/)
  assert.deepEqual(more, [])
})
