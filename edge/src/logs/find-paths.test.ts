// What patterns name, and that links behind a wildcard neither lead out nor in circles.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { testDirectory } from '../testing/chain.ts'
import { findPaths, isWanted } from './find-paths.ts'

const LIMITS = { maxPaths: 100, maxEntries: 1_000 }

// srv/a/app.log, srv/a/deep/er/app.log, out/app.log; srv/out and a/current lead to out, a/loop leads to srv.
function tree(t: TestContext) {
  const root = testDirectory(t)
  for (const path of ['srv/a/deep/er', 'out']) mkdirSync(join(root, path), { recursive: true })
  for (const path of ['srv/a', 'srv/a/deep/er', 'out']) writeFileSync(join(root, path, 'app.log'), '')
  symlinkSync(join(root, 'out'), join(root, 'srv/out'))
  symlinkSync(join(root, 'out'), join(root, 'srv/a/current'))
  symlinkSync(join(root, 'srv'), join(root, 'srv/a/loop'))
  symlinkSync(join(root, 'srv'), join(root, 'named'))
  return async (pattern: string, followSymlinks: boolean): Promise<readonly string[]> => {
    const { paths, isCut } = await findPaths([join(root, pattern)], { ...LIMITS, followSymlinks })
    assert.equal(isCut, false)
    return paths.filter(existsSync).map((path) => path.slice(root.length + 1))
  }
}

const CASES = [
  { pattern: 'srv/*/app.log', strict: ['srv/a/app.log'], following: ['srv/a/app.log', 'srv/out/app.log'] },
  { pattern: 'srv/*/current/app.log', strict: [], following: ['srv/a/current/app.log'] },
  { pattern: 'srv/**/*.log', strict: ['srv/a/app.log', 'srv/a/deep/er/app.log'] },
  { pattern: 'srv/**', strict: ['srv/a/app.log', 'srv/a/deep/er/app.log'] },
  { pattern: 'srv/*/deep/**/app.log', strict: ['srv/a/deep/er/app.log'] },
  { pattern: 'named/a/*.log', strict: ['named/a/app.log'] },
  { pattern: 'srv/a/current/app.log', strict: ['srv/a/current/app.log'] },
]

test('links behind a wildcard lead nowhere, unless they may; and never by **', async (t) => {
  const find = tree(t)
  for (const { pattern, strict, following = strict } of CASES) {
    const files = (paths: readonly string[]) => paths.filter((path) => path.endsWith('app.log'))
    assert.deepEqual(files(await find(pattern, false)), strict, pattern)
    assert.deepEqual(files(await find(pattern, true)), following, `${pattern}, following`)
  }
})

test('a path is wanted or not, whether it is there or not', () => {
  const wanted = { paths: ['/srv/**/*.log', '/var/log/app?.log'], exclude: [/^debug/] }
  const isNamed = (path: string): boolean => isWanted(path, wanted)
  for (const path of ['/srv/x.log', '/srv/a/b/x.log', '/var/log/app1.log']) assert.ok(isNamed(path), path)
  for (const path of ['/srv/a/debug.log', '/srv/x.txt', '/var/log/a/app1.log', '/var/log/app.log'])
    assert.ok(!isNamed(path), path)
})

test('of a directory with more entries than may be looked at some are found, and it is said', async (t) => {
  const root = testDirectory(t)
  for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(root, `${name}.log`), '')
  const how = { maxPaths: 10, maxEntries: 2, followSymlinks: false }
  const { paths, isCut } = await findPaths([join(root, '*.log')], how)
  assert.deepEqual([paths.length, isCut], [2, true])
})
