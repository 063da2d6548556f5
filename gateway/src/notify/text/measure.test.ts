import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureText } from './measure.ts'
import { durationText, momentText } from './moments.ts'

const VALUES: readonly [metric: string, value: number, en: string, fr: string][] = [
  ['cpu.usage_percent', 96.25, '96.3 %', '96,3 %'],
  ['cpu.load_avg_5', 12.3456, '12.3', '12,3'],
  ['memory.used_bytes', 1_610_612_736, '1.5 GiB', '1,5 Gio'],
  ['memory.used_bytes', 0, '0 B', '0 o'],
  ['disk.read_bytes', 12_897_484, '12.3 MiB/s', '12,3 Mio/s'],
  ['network.receive_errors', 0.5, '0.5/s', '0,5/s'],
  ['disk.await_ms', 7.4, '7.4 ms', '7,4 ms'],
  ['temperature.celsius', 71, '71 °C', '71 °C'],
  ['system.uptime_seconds', 266_460, '3 d 2 h', '3 j 2 h'],
  ['system.processes', 12_345, '12,345', '12\u202f345'],
  ['platform.lag_seconds', 90, '1 min 30 s', '1 min 30 s'],
  ['platform.log_fill_percent', 80, '80 %', '80 %'],
  ['platform.dead_letters', 3, '3', '3'],
  ['of.nobody', 1.5, '1.5', '1,5'],
]
for (const [metric, value, en, fr] of VALUES)
  test(`${value} of ${metric} is ${en}`, () => {
    assert.equal(measureText(metric, value, 'en'), en)
    assert.equal(measureText(metric, value, 'fr'), fr)
  })

test('moments are told in the zone that is asked for, and in UTC when it is none', () => {
  const summer = Date.UTC(2026, 6, 1, 22, 30, 0)
  assert.equal(momentText(summer, 'Europe/Paris', 'en'), '2 Jul 2026, 00:30:00 CEST')
  assert.equal(momentText(summer, 'Europe/Paris', 'fr'), '2 juil. 2026, 00:30:00 UTC+2')
  assert.equal(momentText(summer, 'Mars/Olympus', 'en'), '1 Jul 2026, 22:30:00 UTC')
})

const DURATIONS: readonly [ms: number, text: string][] = [
  [-5, '0 s'],
  [999, '0 s'],
  [59_999, '59 s'],
  [300_000, '5 min'],
  [3_661_000, '1 h 1 min'],
  [86_400_000, '1 d'],
  [90_061_000, '1 d 1 h'],
]
for (const [ms, text] of DURATIONS)
  test(`${ms} ms are ${text}`, () => assert.equal(durationText(ms, 'en'), text))
