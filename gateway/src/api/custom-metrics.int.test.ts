// What programs publish, from frames to whoever asks the API: everything real but the agents.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { MAX_CUSTOM_SERIES, MAX_CUSTOM_VALUES } from '@secumon/contracts/custom-metrics'
import { generateSigningKey, rawPublicKey } from '@secumon/contracts/signing'
import { createEnrolmentToken } from '@secumon/infra/vault/enrolment-tokens'
import { samplesProjector } from '@secumon/projections/samples/project'
import { querySeries } from '@secumon/projections/samples/queries'
import { startLoop, stopLoops } from '@secumon/projections/testing/loop'
import { MemoryLog } from '@secumon/projections/testing/memory-log'
import { RecordedLane, type ObservationInit } from '@secumon/projections/testing/recorded'
import type { z } from 'zod'
import { EnrolledBody } from './schemas/enrol.ts'
import { CustomMetricsBody } from './schemas/custom-metrics.ts'
import { ErrorBody } from './schemas/errors.ts'
import { SeriesBody } from './schemas/series.ts'
import { apiUnderTest, type ApiUnderTest } from './testing/api-under-test.ts'

const MINUTE = 60_000
const BEGIN = Math.floor(Date.now() / MINUTE) * MINUTE - 10 * MINUTE
const TODAY = new Date(BEGIN).toISOString().slice(0, 10)

describe('custom metrics', () => {
  let t: ApiUnderTest
  let token: string
  let stranger: string
  let web: string
  let crowded: string
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    const series: NonNullable<Parameters<typeof apiUnderTest>[1]>['series'] = (scope, agent, request) =>
      querySeries(t.db, scope, { ...request, agent })
    t = await apiUnderTest({ after: (cleanUp) => cleanUps.unshift(cleanUp) }, { series })
    await t.addUser('alice')
    await t.addUser('mallory', 'evil', 'superadmin')
    ;[token, stranger] = [await t.logIn('alice'), await t.logIn('mallory')]
    ;[web, crowded] = [await enrol('web'), await enrol('crowded')]
    await publish([
      [web, [published(0), published(1)]],
      // As many as there is room for, and two more.
      [crowded, crowd(MAX_CUSTOM_SERIES - 4 + 2)],
    ])
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  const published = (minute: number): ObservationInit => ({
    atMs: BigInt(BEGIN + minute * MINUTE),
    custom: {
      intervalMs: MINUTE,
      metric: ['requests_total', 'backup_age_seconds', 'backup_size_bytes'],
      counter: [true, false, false],
      metricIndex: [0, 0, 1, 2],
      labels: ['code="200",site="a"', 'code="500",site="a"', '', 'job="x"'],
      value: [120, 6, 3_600 + minute, 1e9],
    },
  })

  const crowd = (count: number): ObservationInit[] =>
    Array.from({ length: Math.ceil(count / MAX_CUSTOM_VALUES) }, (_, i) => {
      const labels = Array.from(
        { length: Math.min(MAX_CUSTOM_VALUES, count - i * MAX_CUSTOM_VALUES) },
        (_each, j) => `n="${i * MAX_CUSTOM_VALUES + j}"`,
      )
      const [metricIndex, value] = [labels.map(() => 0), labels.map(() => 1)]
      const custom = {
        intervalMs: MINUTE,
        metric: ['job_size'],
        counter: [false],
        metricIndex,
        labels,
        value,
      }
      return { atMs: BigInt(BEGIN + i * 1_000), custom }
    })

  async function publish(all: readonly (readonly [string, readonly ObservationInit[]])[]): Promise<void> {
    const log = new MemoryLog()
    const frames = all.flatMap(([agent, observations]) => {
      const lane = new RecordedLane(agent)
      return observations.map((each) => lane.frame({ receivedAtMs: Number(each.atMs) }, each))
    })
    for (const frame of frames) log.append('TELEMETRY_0', frame)
    const loop = startLoop({ projector: samplesProjector(), log, db: t.db })
    await loop.reached(frames.length)
    await stopLoops()
  }

  async function enrol(name: string): Promise<string> {
    const enrolment = { tenant: 'main', uses: 1, expiresAtMs: Date.now() + 60_000, note: '' }
    const public_key = Buffer.from(rawPublicKey(generateSigningKey())).toString('base64')
    const body = { token: await createEnrolmentToken(t.db, enrolment, t.clock), public_key, name }
    const { agent } = EnrolledBody.parse((await t.ask('/api/v1/enrol', { body })).body)
    for (const until = Date.now() + 10_000; ;) {
      if ((await t.ask(`/api/v1/agents/${agent}`, { token })).status === 200) return agent
      assert.ok(Date.now() < until, 'the fleet’s projection did not take the agent')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async function ask<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
    const answer = await t.ask(`/api/v1/agents/${path}`, { token })
    assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`)
    return schema.parse(answer.body)
  }
  const refusal = async (path: string, whose = token): Promise<z.output<typeof ErrorBody>> =>
    ErrorBody.parse((await t.ask(`/api/v1/agents/${path}`, { token: whose })).body)

  test('are listed by name with what is known of each', async () => {
    const { total, metrics, next } = await ask(`${web}/custom-metrics`, CustomMetricsBody)
    assert.deepEqual([total, next], [3, null])
    const days = { first_seen: TODAY, last_seen: TODAY }
    assert.deepEqual(
      metrics,
      [
        { name: 'backup_age_seconds', unit: 'seconds', kind: 'gauge', series: 1, ...days },
        { name: 'backup_size_bytes', unit: 'bytes', kind: 'gauge', series: 1, ...days },
        { name: 'requests_total', unit: 'count', kind: 'delta', series: 2, ...days },
      ].map((metric) => ({ key: `custom.${metric.name}`, ...metric })),
    )
  })

  test('are searched for by part of their name, page by page', async () => {
    const first = await ask(`${web}/custom-metrics?q=BACKUP_&limit=1`, CustomMetricsBody)
    assert.deepEqual([first.total, first.metrics.length, first.next], [2, 1, 'backup_age_seconds'])
    const second = await ask(`${web}/custom-metrics?q=BACKUP_&limit=1&after=${first.next}`, CustomMetricsBody)
    assert.deepEqual([second.total, second.metrics[0]?.name, second.next], [2, 'backup_size_bytes', null])
    const none = await ask(`${web}/custom-metrics?q=%25`, CustomMetricsBody)
    assert.deepEqual([none.total, none.metrics], [0, []])
  })

  test('tell how many series the tenant has, and what was not stored', async () => {
    const { usage, metrics } = await ask(`${crowded}/custom-metrics`, CustomMetricsBody)
    assert.deepEqual([usage.series, usage.limit, usage.refused], [MAX_CUSTOM_SERIES, MAX_CUSTOM_SERIES, 2])
    assert.ok((usage.last_refused ?? 0) >= BEGIN)
    assert.equal(metrics[0]?.series, MAX_CUSTOM_SERIES - 4)
  })

  test('are nothing to others', async () => {
    for (const path of [`${web}/custom-metrics`, `${web}/series?keys=custom.requests_total&from=-60000`])
      assert.deepEqual(await refusal(path, stranger), { error: 'no such agent', code: 404 })
    assert.match((await refusal(`${web}/custom-metrics?limit=501`)).detail ?? '', /query\.limit/)
  })

  const range = `from=${BEGIN}&to=${BEGIN + 2 * MINUTE}&step=${MINUTE}`

  test('are read over time, a series for each set of labels', async () => {
    const keys = 'custom.requests_total,custom.backup_age_seconds,cpu.usage_percent'
    const { series } = await ask(`${web}/series?keys=${keys}&${range}`, SeriesBody)
    assert.deepEqual(
      series.flatMap(({ key, unit, aggregation, name, values }) =>
        key.startsWith('custom.') ? [[key, unit, aggregation, name, values]] : [],
      ),
      [
        ['custom.requests_total', 'count', 'rate', 'code="200",site="a"', [2, 2]],
        ['custom.requests_total', 'count', 'rate', 'code="500",site="a"', [0.1, 0.1]],
        ['custom.backup_age_seconds', 'seconds', 'avg', '', [3_600, 3_601]],
      ],
    )
  })

  test('of one set of labels, said exactly', async () => {
    const labels = encodeURIComponent('code="500",site="a"')
    const of = async (dimension: string) =>
      (await ask(`${web}/series?keys=custom.requests_total&${range}&dimension=${dimension}`, SeriesBody))
        .series
    assert.deepEqual(
      (await of(labels)).map(({ name }) => name),
      ['code="500",site="a"'],
    )
    for (const none of ['code', '', 'code=%22%09%22']) assert.deepEqual(await of(none), [])
  })

  test('that nobody published are refused as unknown metrics are', async () => {
    for (const key of ['custom.requests', 'custom.job_size', 'custom.2xx', 'requests_total']) {
      const { error, code, detail } = await refusal(`${web}/series?keys=${key}&${range}`)
      assert.deepEqual([error, code], ['invalid request', 400])
      assert.match(detail ?? '', new RegExp(`no metric "${key}": see /api/v1/`))
    }
    const keys = Array.from({ length: 21 }, (_, i) => `custom.m${i}`).join()
    assert.match((await refusal(`${web}/series?keys=${keys}&${range}`)).detail ?? '', /at most 20/)
  })
})
