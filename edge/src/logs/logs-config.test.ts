// The file that says what may be read: good ones, and every fault of bad ones at once.

import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { testDirectory } from '../testing/chain.ts'
import { BadLogsConfig, DEFAULT_LIMIT, parseLogsConfig, readLogsFile } from './logs-config.ts'

const faultsOf = (content: unknown): readonly string[] => {
  try {
    parseLogsConfig(content)
    return []
  } catch (error) {
    assert(error instanceof BadLogsConfig)
    return error.faults
  }
}

test('little is needed', () => {
  const config = parseLogsConfig({ files: [{ name: 'nginx', paths: ['/var/log/nginx/*.log'] }], journal: {} })
  assert.equal(config.files[0]?.from, 'end')
  assert.equal(config.journal?.name, 'journal')
  assert.equal(config.redactions.length, 3)
  assert.deepEqual([config.limit, config.spoolBytes], [DEFAULT_LIMIT, 128 * 1024 ** 2])
})

test('a source may have a limit of its own', () => {
  const limit = { lines_per_second: 10 }
  const { limits } = parseLogsConfig({ limit: { burst_seconds: 2 }, journal: { name: 'system', limit } })
  assert.deepEqual(limits.get('system'), { ...DEFAULT_LIMIT, linesPerSecond: 10, burstSeconds: 2 })
})

test('every fault is told at once', () => {
  const faults = faultsOf({
    files: [
      { name: 'a b', paths: ['relative.log'], form: 'end' },
      { name: 'web', paths: [], multiline: { start: '(?=x)', continuation: '^ ' } },
      { name: 'web', paths: ['/x'], from: 'middle', follow_symlinks: 'yes', limit: { lines_per_second: 0 } },
    ],
    redact: { built_in: ['everything'], patterns: [{ match: '(' }, {}] },
    spool_mib: 1,
  })
  assert.deepEqual(
    faults.map((fault) => fault.split(' ')[0]),
    [
      'files[0].name',
      'files[0].paths',
      'files[0].form',
      'files[1].paths',
      'files[1].multiline.start',
      'files[2].limit.lines_per_second',
      'files[2].from',
      'files[2].follow_symlinks',
      'redact.built_in',
      'redact.patterns[0].match',
      'redact.patterns[1].match',
      'spool_mib',
      'two',
    ],
  )
})

for (const content of [[], 'text', {}, { files: {} }])
  test(`nothing to read: ${JSON.stringify(content)}`, () => assert.ok(faultsOf(content).length > 0))

test('what others can write decides nothing', (t) => {
  const path = join(testDirectory(t), 'logs.json')
  assert.throws(() => readLogsFile(path), BadLogsConfig)
  writeFileSync(path, JSON.stringify({ journal: {} }))
  chmodSync(path, 0o646)
  assert.throws(() => readLogsFile(path), /others than its owner can write it/)
  chmodSync(path, 0o644)
  assert.equal(readLogsFile(path).journal?.name, 'journal')
})

test('a frame has room for the names of so many sources, and no more can be named', () => {
  const files = Array.from({ length: 257 }, (_, i) => ({ name: `s${i}`, paths: ['/var/log/a.log'] }))
  assert.equal(parseLogsConfig({ files: files.slice(1) }).files.length, 256)
  assert.throws(() => parseLogsConfig({ files }), /it names 257 sources, 256 at most/)
})
