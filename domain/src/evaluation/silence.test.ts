import { NoDataPolicy } from '@secumon/contracts/gen/rule'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { frameOf, metricRule, readableId, Shard, told, WEB, type Values } from '../testing/shard.ts'
import { decodeEvaluator, encodeEvaluator } from './saved-state.ts'

const { ALERT, RESOLVE } = NoDataPolicy
const silence = (policy: NoDataPolicy, afterMs = 60_000) => ({ noData: { policy, afterMs } })

/** Ticks every five seconds from the one second to the other, and what they say. */
function ticks(shard: Shard, fromS: number, toS: number, options?: { deaf?: boolean }): string[] {
  const said: string[] = []
  for (let s = fromS; s <= toS; s += 5)
    said.push(...told(shard.tick(s, options)).map((line) => `${s} ${line}`))
  return said
}

describe('silence of an agent', () => {
  test('fires after its time where the rule says so, and the next sample ends it', () => {
    const shard = new Shard([metricRule({}, silence(ALERT))])
    shard.tick(0)
    shard.cpu(1, 50)
    assert.deepEqual(ticks(shard, 5, 120), ['65 Fire no data'])
    assert.deepEqual(told(shard.cpu(121, 50)), ['Resolve recovered'])
  })

  test('makes a pending alert fire', () => {
    const shard = new Shard([metricRule({}, { ...silence(ALERT), durationMs: 600_000 })])
    shard.tick(0)
    assert.deepEqual(told(shard.cpu(1, 99)), ['Pend'])
    assert.deepEqual(ticks(shard, 5, 120), ['65 Fire no data'])
  })

  test('resolves after its time where the rule says so', () => {
    const shard = new Shard([metricRule({}, silence(RESOLVE))])
    shard.tick(0)
    assert.deepEqual(told(shard.cpu(1, 99)), ['Fire'])
    assert.deepEqual(ticks(shard, 5, 120), ['65 Resolve no data'])
  })

  test('leaves an alert what it is where it is ignored', () => {
    const shard = new Shard([metricRule()])
    shard.tick(0)
    shard.cpu(1, 99)
    assert.deepEqual(ticks(shard, 5, 1_000), [])
    assert.deepEqual(told(shard.cpu(1_001, 10)), ['Resolve recovered'])
  })

  test('never is shorter than three periods', () => {
    const shard = new Shard([metricRule({}, silence(ALERT, 10_000))])
    shard.tick(0)
    shard.cpu(1, 50)
    assert.deepEqual(ticks(shard, 5, 50), ['35 Fire no data'])
  })

  test('says nothing while nobody was there to hear, and has its time again after', () => {
    for (const policy of [ALERT, RESOLVE]) {
      const shard = new Shard([metricRule({}, silence(policy))])
      shard.tick(0)
      const isFiring = policy === RESOLVE
      shard.cpu(1, isFiring ? 99 : 50)
      assert.deepEqual(ticks(shard, 5, 300, { deaf: true }), isFiring ? ['35 LoseHost'] : [])
      const end = policy === RESOLVE ? 'Resolve no data' : 'Fire no data'
      const found = isFiring ? ['400 FindHost'] : []
      assert.deepEqual(ticks(shard, 305, 500), [...found, `430 ${end}`])
    }
  })
})

describe('what is gone from a host that is heard', () => {
  const disks = (...mount: string[]): Values => ({
    filesystems: { mount, usagePercent: mount.map(() => 95) },
  })

  test('takes its alert along after five minutes', () => {
    const shard = new Shard([metricRule({ metric: 'disk.usage_percent' })])
    shard.tick(0)
    assert.deepEqual(told(shard.sample(1, disks('/', '/usb'))), ['Fire /', 'Fire /usb'])
    const said: string[] = []
    for (let s = 5; s <= 400; s += 5) {
      shard.sample(s, disks('/'))
      said.push(...told(shard.tick(s)).map((line) => `${s} ${line}`))
    }
    assert.deepEqual(said, ['305 Resolve no data /usb'])
  })

  test('a pending alert was never confirmed', () => {
    const shard = new Shard([metricRule({ metric: 'disk.usage_percent' }, { durationMs: 3_600_000 })])
    shard.tick(0)
    shard.sample(1, disks('/usb'))
    const said: string[] = []
    for (let s = 5; s <= 400; s += 5) {
      shard.sample(s, disks('/'))
      said.push(...told(shard.tick(s)))
    }
    assert.deepEqual(said, ['Resolve not confirmed /usb'])
  })
})

describe('a host that nobody is there to hear', () => {
  const firing = (): Shard => {
    const shard = new Shard()
    shard.tick(0)
    shard.cpu(1, 99)
    return shard
  }

  test('is unknown: alerts that fire are told so once, and again with its next frame', () => {
    const shard = firing()
    assert.deepEqual(ticks(shard, 5, 600, { deaf: true }), ['35 LoseHost'])
    assert.deepEqual(told(shard.cpu(605, 99)), ['FindHost'])
    assert.deepEqual(ticks(shard, 610, 630), [])
  })

  test('is known again when it is offline', () => {
    const shard = firing()
    ticks(shard, 5, 300, { deaf: true })
    assert.deepEqual(ticks(shard, 305, 1_000), ['400 FindHost'])
  })

  test('is as unknown to one that goes on from what was saved', () => {
    const shard = firing()
    ticks(shard, 5, 300, { deaf: true })
    const saved = decodeEvaluator(encodeEvaluator(shard.evaluator), { alertId: readableId })
    const values = { host: { cpuUsagePercent: 99 } }
    const frame = frameOf({ agent: WEB, sequence: 2, atS: 305, receivedS: 305, values })
    assert.deepEqual(told(saved.frame(frame)), ['FindHost'])
  })
})
