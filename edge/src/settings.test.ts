// Flag, then environment, then default; every fault at once.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { BadSettings, readSettings } from './settings.ts'
import { testDirectory } from './testing/chain.ts'

test('a flag wins over a variable, a variable over the default', () => {
  const environment = {
    SECUMON_API_URL: 'https://a.example',
    SECUMON_PERIOD: '30',
    SECUMON_AGENT_TAGS: 'a, b,',
  }
  const settings = readSettings(['--period', '5'], environment)
  assert.equal(settings.apiUrl, 'https://a.example')
  assert.equal(settings.periodMs, 5_000)
  assert.deepEqual(settings.tags, ['a', 'b'])
  assert.equal(settings.stateDirectory, '/var/lib/secumon-agent')
  assert.equal(settings.logLevel, 'info')
})

test('the token may come from a file, without its last newline', (t) => {
  const path = join(testDirectory(t), 'token')
  writeFileSync(path, 'the-token\n')
  const environment = { SECUMON_API_URL: 'https://a.example', SECUMON_ENROLMENT_TOKEN_FILE: path }
  assert.equal(readSettings([], environment).enrolmentToken, 'the-token')
})

test('files of programs are looked for in the state directory, unless one is named', () => {
  const environment = { SECUMON_API_URL: 'https://a.example', SECUMON_STATE_DIRECTORY: '/state' }
  const usual = { directory: '/state/metrics.d', isExpected: false, intervalMs: 60_000, maxAgeMs: 3_600_000 }
  assert.deepEqual(readSettings([], environment).textFiles, usual)
  const flags = ['--metrics-directory', '/m', '--metrics-interval', '10', '--metrics-max-age', '93600']
  const asked = { directory: '/m', isExpected: true, intervalMs: 10_000, maxAgeMs: 93_600_000 }
  assert.deepEqual(readSettings(flags, environment).textFiles, asked)
})

test('all faults are told together', () => {
  const environment = {
    SECUMON_PERIOD: '0',
    SECUMON_METRICS_INTERVAL: '9',
    SECUMON_LOG_LEVEL: 'loud',
    SECUMON_CA_FILE: '/nowhere/at/all',
  }
  assert.throws(
    () => readSettings(['--what'], environment),
    (error) => error instanceof BadSettings && error.faults.length === 6,
  )
})
