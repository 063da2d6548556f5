import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { alert, type AlertState } from '../alert/alert.ts'
import { agentOf, metricRule, readableId, Shard, told, WEB } from '../testing/shard.ts'
import type { OpenAlert } from './adopt-alerts.ts'
import { decodeEvaluator, encodeEvaluator } from './saved-state.ts'
import { EVALUATOR_VERSION, UnknownEvaluatorState } from './state-codec.ts'

describe('alerts that are open when a memory was lost', () => {
  const opened = (shard: Shard, atS: number): OpenAlert[] =>
    shard.cpu(atS, 95).flatMap(({ alert: id, tenant, command }) => {
      const state = alert.decide(command, undefined).reduce<AlertState>(alert.evolve, undefined)
      return state ? [{ id, tenant, state }] : []
    })

  test('are gone on with', () => {
    const alerts = opened(new Shard(), 0)
    const shard = new Shard()
    assert.deepEqual(shard.evaluator.adopt(alerts), [])
    const [resolved] = shard.cpu(10, 50)
    assert.deepEqual([resolved?.alert, resolved?.command.kind], [alerts[0]?.id, 'Resolve'])
  })

  test('are told what the series has become meanwhile', () => {
    const alerts = opened(new Shard(), 0)
    const shard = new Shard()
    shard.cpu(10, 95)
    shard.cpu(20, 50)
    shard.evaluator.adopt(alerts)
    assert.deepEqual(told(shard.cpu(30, 50)), ['Resolve recovered'])
  })

  test('are told what they are called by now', () => {
    const alerts = opened(new Shard(), 0)
    const shard = new Shard([metricRule()], { [WEB]: agentOf({ name: 'web-9' }) })
    assert.deepEqual(told(shard.evaluator.adopt(alerts)), ['Relabel'])
  })

  test('what fires and has no alert is told with its next sample', () => {
    const shard = new Shard()
    shard.cpu(0, 95)
    shard.evaluator.adopt([])
    assert.deepEqual(told(shard.cpu(10, 95)), ['Fire'])
  })

  test('are told that their host is known again where they were told that it is not', () => {
    const alerts = opened(new Shard(), 0).map((one) => ({
      ...one,
      state: { ...one.state, hostUnknown: true },
    }))
    const shard = new Shard()
    shard.evaluator.adopt(alerts)
    assert.deepEqual(told(shard.cpu(10, 95)), ['FindHost'])
  })

  const ends: [says: string, shard: Shard, expected: string][] = [
    ['no rule judges them', new Shard([]), 'Resolve rule changed'],
    [
      'the rule judges another metric',
      new Shard([metricRule({ metric: 'swap.usage_percent' })]),
      'Resolve rule changed',
    ],
    ['the agent is gone', new Shard([metricRule()], {}), 'Resolve agent retired'],
  ]
  for (const [says, shard, expected] of ends)
    test(`end where ${says}`, () =>
      assert.deepEqual(told(shard.evaluator.adopt(opened(new Shard(), 0))), [expected]))
})

describe('a saved evaluator', () => {
  const bytes = encodeEvaluator(new Shard().evaluator)

  test('of another version is refused', () => {
    const other = Uint8Array.from(bytes)
    other[0] = EVALUATOR_VERSION + 1
    assert.throws(() => decodeEvaluator(other, { alertId: readableId }), UnknownEvaluatorState)
  })

  test('that is cut off or too long is refused', () => {
    for (let length = 0; length < bytes.length; length++)
      assert.throws(
        () => decodeEvaluator(bytes.slice(0, length), { alertId: readableId }),
        UnknownEvaluatorState,
      )
    const longer = Uint8Array.from([...bytes, 0])
    assert.throws(() => decodeEvaluator(longer, { alertId: readableId }), UnknownEvaluatorState)
  })
})
