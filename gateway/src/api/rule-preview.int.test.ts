import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { AGENT } from '@secumon/projections/alerts/testing/speech'
import { samplesProjector } from '@secumon/projections/samples/project'
import { querySeries } from '@secumon/projections/samples/queries'
import { queryObservations } from '@secumon/projections/samples/queries/observations'
import { observation } from '@secumon/projections/samples/samples.fixture'
import { startLoop, stopLoops } from '@secumon/projections/testing/loop'
import { MemoryLog } from '@secumon/projections/testing/memory-log'
import { RecordedLane } from '@secumon/projections/testing/recorded'
import { ErrorBody } from './schemas/errors.ts'
import { RulePreviewBody } from './schemas/rule.ts'
import { recordNight } from './testing/alerting-night.ts'
import { apiUnderTest, type ApiUnderTest } from './testing/api-under-test.ts'

const MINUTE = 60_000
const BEGIN = Math.floor(Date.now() / MINUTE) * MINUTE - 30 * MINUTE
const BUSY = { kind: 'metric', metric: 'cpu.usage_percent', comparison: 'gt', threshold: 80 }

describe('a rule is tried before it is made', () => {
  let t: ApiUnderTest
  let token: string
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    t = await apiUnderTest(
      { after: (cleanUp) => cleanUps.unshift(cleanUp) },
      {
        series: (scope, agent, request) => querySeries(t.db, scope, { ...request, agent }),
        observations: (scope, request) => queryObservations(t.db, scope, request),
      },
    )
    await t.addUser('alice')
    await t.addUser('mallory', 'evil')
    token = await t.logIn('alice')
    await recordNight(t, token)
    // Twenty minutes, busy from the fifth to the tenth.
    const log = new MemoryLog()
    const lane = new RecordedLane(AGENT)
    for (let atMs = BEGIN; atMs < BEGIN + 20 * MINUTE; atMs += 10_000) {
      const minute = (atMs - BEGIN) / MINUTE
      const busy = minute >= 5 && minute < 10
      log.append('TELEMETRY_0', lane.frame({ receivedAtMs: atMs }, observation(atMs, busy ? 79 : 0)))
    }
    const loop = startLoop({ projector: samplesProjector(), log, db: t.db })
    await loop.reached(120)
    await stopLoops()
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  const ask = async (condition: object, more: object = {}, by = token) => {
    const spec = { name: 'tried', severity: 'warning', condition, ...more }
    const to = BEGIN + 20 * MINUTE
    const body = { spec, agent: AGENT, from: BEGIN, to }
    return (await t.ask('/api/v1/rules/preview', { token: by, body })).body
  }

  test('the metric, and the spans in which the rule would have fired', async () => {
    const answer = RulePreviewBody.parse(await ask(BUSY, { duration_ms: 2 * MINUTE }))
    assert.deepEqual([answer.unit, answer.threshold, answer.in_scope, answer.fired], ['percent', 80, true, 1])
    const [line] = answer.series
    assert.deepEqual(
      line?.spans.map(({ state, from, to, value }) => [state, from - BEGIN, (to ?? 0) - BEGIN, value]),
      [
        ['pending', 5 * MINUTE, 7 * MINUTE, 89],
        ['firing', 7 * MINUTE, 10 * MINUTE, 89],
      ],
    )
    assert.equal(line?.values.length, answer.times.length)
    assert.ok(line?.values.includes(89) && line.values.includes(10))
  })

  test('of a dimension only what the rule means', async () => {
    const condition = { ...BUSY, metric: 'disk.usage_percent', threshold: 45, dimension: '/s*' }
    const answer = RulePreviewBody.parse(await ask(condition, { scope: { kind: 'tag', tag: 'db' } }))
    assert.deepEqual(
      [answer.in_scope, answer.series.map(({ dimension, spans }) => [dimension, spans.length])],
      [false, [['/srv/é\\', 1]]],
    )
  })

  test('nothing of another tenant’s agent, and no rule that cannot work', async () => {
    assert.deepEqual(await ask(BUSY, {}, await t.logIn('mallory')), { error: 'no such agent', code: 404 })
    const wrong = ErrorBody.parse(await ask({ ...BUSY, metric: 'cpu.nonsense' }))
    assert.deepEqual([wrong.code, /cpu\.nonsense/.test(wrong.error)], [400, true])
  })
})
