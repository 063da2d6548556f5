// What a host can sign and nobody can store.

import type { CustomSamples } from '@secumon/contracts/gen/observation'
import type { ObservationInit } from '../testing/recorded.ts'
import { CHECKS } from './samples.fixture.ts'

const checksOf = (count: number) => ({ check: Array.from({ length: count }, () => CHECKS.ping) })
const customOf = (parts: Partial<Omit<CustomSamples, '$typeName' | '$unknown'>>) => ({
  metric: ['a'],
  counter: [false],
  metricIndex: [0],
  labels: [''],
  value: [1],
  ...parts,
})
const manyOf = (count: number) =>
  customOf({
    metricIndex: Array.from({ length: count }, () => 0),
    labels: Array.from({ length: count }, (_, i) => `i="${i}"`),
    value: Array.from({ length: count }, () => 1),
  })

/** Observations that no table can hold, each with what is wrong with it. */
export const HOSTILE: readonly (readonly [string, ObservationInit])[] = [
  ['not a number', { host: { cpuUsagePercent: NaN } }],
  ['infinite', { host: { memoryUsedBytes: Infinity } }],
  ['beyond 2^53', { host: { memoryUsedBytes: 1e300 } }],
  ['beyond an integer', { host: { systemUsers: 2 ** 32 - 1 } }],
  ['an interval beyond an integer', { intervalMs: 2 ** 32 - 1, host: {} }],
  ['a name with NUL', { networks: { interface: ['eth\0'] } }],
  ['an empty name', { networks: { interface: [''] } }],
  ['an endless name', { filesystems: { mount: ['x'.repeat(1_025)] } }],
  ['columns of different lengths', { networks: { interface: ['a', 'b'], receiveBytes: [1] } }],
  ['values without names', { networks: { receiveBytes: [1] } }],
  ['sensors without values', { host: {}, temperatures: { sensor: ['a'] } }],
  ['too many rows', { networks: { interface: Array.from({ length: 2_001 }, (_, i) => `e${i}`) } }],
  ['too many cores', { host: { cpuCoreBusyPercent: Array.from({ length: 2_001 }, () => 1) } }],
  ['a core that is not a number', { host: { cpuCoreBusyPercent: [NaN] } }],
  ['a square that cannot be added', { host: { systemUptimeSeconds: 1e200 } }],
  ['a check without a ULID', { checks: [{ check: ['ping'] }] }],
  ['too many checks', { checks: [checksOf(2_000), checksOf(1)] }],
  ['too many kinds of checks', { checks: Array.from({ length: 65 }, () => ({})) }],
  ['a check’s endless interval', { checks: [{ ...checksOf(1), intervalMs: 2 ** 32 - 1 }] }],
  ['a custom value that is not a number', { custom: customOf({ value: [NaN] }) }],
  ['an infinite custom value', { custom: customOf({ value: [-Infinity] }) }],
  ['a huge custom value', { custom: customOf({ value: [1e141] }) }],
  ['a custom metric that is not there', { custom: customOf({ metricIndex: [1] }) }],
  ['a custom name beyond the grammar', { custom: customOf({ metric: ['disk.free'] }) }],
  ['an endless custom name', { custom: customOf({ metric: ['a'.repeat(201)] }) }],
  ['a custom name twice', { custom: customOf({ metric: ['a', 'a'], counter: [false, true] }) }],
  ['a custom metric without a kind', { custom: customOf({ counter: [] }) }],
  ['custom values without labels', { custom: customOf({ labels: [] }) }],
  ['endless labels', { custom: customOf({ labels: ['é'.repeat(513)] }) }],
  ['labels with NUL', { custom: customOf({ labels: ['\0'] }) }],
  ['an endless custom interval', { custom: customOf({ intervalMs: 2 ** 32 - 1 }) }],
  [
    'two values of one series',
    { custom: customOf({ metricIndex: [0, 0], labels: ['', ''], value: [1, 2] }) },
  ],
  ['too many custom values', { custom: manyOf(2_001) }],
]
