import assert from 'node:assert/strict'
import { lstatSync, lutimesSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { testDirectory } from '../testing/chain.ts'
import { acquireLock, Locked } from './lock.ts'

const MINUTE_AGO = new Date(Date.now() - 60_000)

test('a holder keeps its lock fresh, and the next one does not begin before it has let go', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const path = join(testDirectory(t), 'lock')
  const release = acquireLock(path)
  lutimesSync(path, MINUTE_AGO, MINUTE_AGO)
  t.mock.timers.tick(3_000)
  assert.ok(lstatSync(path).mtimeMs > MINUTE_AGO.getTime() + 30_000)
  assert.throws(() => acquireLock(path), Locked)
  release()
  acquireLock(path)()
})

test('a lock of another container holds while it is touched, and falls when it no longer is', (t) => {
  const path = join(testDirectory(t), 'lock')
  const release = acquireLock(path)
  const [pid, started, boot, own] = readlinkSync(path).split(':')
  release()
  assert.ok(own, 'Linux names the process namespace; a lock without it cannot tell containers apart')
  symlinkSync(`${pid}:${started}:${boot}:1`, path)
  assert.throws(() => acquireLock(path), Locked)
  lutimesSync(path, MINUTE_AGO, MINUTE_AGO)
  acquireLock(path)()
})

test('an agent of the version before, which names no container, keeps its lock', (t) => {
  const path = join(testDirectory(t), 'lock')
  const release = acquireLock(path)
  const life = readlinkSync(path)
  release()
  symlinkSync(life.split(':').slice(0, 3).join(':'), path)
  assert.throws(() => acquireLock(path), Locked)
  unlinkSync(path)
})

test('who has lost the lock while standing still does not go on', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const path = join(testDirectory(t), 'lock')
  const release = acquireLock(path)
  unlinkSync(path)
  symlinkSync('7:7:another:1', path)
  assert.throws(() => t.mock.timers.tick(3_000), /taken by another/)
  release()
  assert.equal(readlinkSync(path), '7:7:another:1')
})
