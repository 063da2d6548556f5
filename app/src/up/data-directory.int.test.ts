import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { Exit } from '../exit.ts'
import { openDataDirectory, recallFacts, rememberFacts } from './data-directory.ts'
import { lockDirectory } from './lock.ts'
import { boundLogFile } from './log-file.ts'
import { ownSecret } from './own-secret.ts'
import { readRunFile, writeRunFile } from './run-file.ts'

const exitsWith = (code: number, text: RegExp) => (error: unknown) =>
  error instanceof Exit && error.code === code && text.test(error.message)

test('the data directory is made for its owner alone', async (t) => {
  const path = join(await temporaryDirectory(t), 'deep', 'data')
  const made = await openDataDirectory(path)
  assert.equal(made.isNew, true)
  assert.equal((await stat(path)).mode & 0o777, 0o700)
  assert.equal((await openDataDirectory(path)).isNew, false)
})

test('a file in its place is explained', async (t) => {
  const path = join(await temporaryDirectory(t), 'data')
  await writeFile(path, '')
  await assert.rejects(openDataDirectory(path), exitsWith(78, /cannot be the data directory/))
})

test('the number of shards is fixed at the first start', async (t) => {
  const directory = await openDataDirectory(await temporaryDirectory(t))
  assert.deepEqual(await recallFacts(directory, 2), { shards: 2 })
  await rememberFacts(directory, { shards: 2, natsPort: 4222 })
  assert.deepEqual(await recallFacts(directory, 2), { shards: 2, natsPort: 4222 })
  await assert.rejects(recallFacts(directory, 3), exitsWith(78, /was made with 2/))
  await writeFile(directory.at('facts.json'), '{"shar')
  await assert.rejects(recallFacts(directory, 2), exitsWith(78, /is damaged/))
})

test('a lock is released, and a stale one is healed', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await lockDirectory(directory)
  assert.equal((await readFile(join(directory, 'lock'), 'utf8')).trim(), String(process.pid))
  await first.release()
  for (const stale of ['999999999', String(process.ppid), 'nonsense', '']) {
    await writeFile(join(directory, 'lock'), stale)
    const lock = await lockDirectory(directory)
    assert.notEqual(lock.healed, undefined)
    await lock.release()
  }
})

test('a lock that a living SecuMon holds is explained with its number', async (t) => {
  const directory = await temporaryDirectory(t)
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'secumon', 'up'])
  t.after(() => void holder.kill('SIGKILL'))
  await writeFile(join(directory, 'lock'), String(holder.pid))
  await assert.rejects(lockDirectory(directory), exitsWith(75, new RegExp(`as process ${holder.pid}`)))
})

test('a secret of our own is made once, for our eyes, and an empty file is no secret', async (t) => {
  const path = join(await temporaryDirectory(t), 'key')
  let made = 0
  const make = () => `secret-${++made}`
  await writeFile(path, '')
  assert.equal(await ownSecret(path, make), 'secret-1')
  assert.equal(await ownSecret(path, make), 'secret-1')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
})

test('a log file that has grown is moved aside', async (t) => {
  const path = join(await temporaryDirectory(t), 'x.log')
  await writeFile(path, 'a'.repeat(100))
  await boundLogFile(path, 100)
  assert.equal((await stat(path)).size, 100)
  await boundLogFile(path, 99)
  assert.equal((await stat(path)).size, 0)
  assert.equal((await stat(`${path}.1`)).size, 100)
})

test('other commands find the servers of a running all-in-one, and none when it is gone', async (t) => {
  const directory = await temporaryDirectory(t)
  await mkdir(join(directory, 'x'))
  const servers = { natsUrl: 'nats://x', databaseUrl: 'postgres://x' }
  const run = { ...servers, masterKey: 'k', masterKeyOld: '', port: 8099 }
  assert.equal(await readRunFile(directory), undefined)
  const remove = await writeRunFile(directory, run)
  assert.deepEqual(await readRunFile(directory), run)
  assert.equal((await stat(join(directory, 'run.json'))).mode & 0o777, 0o600)
  await remove()
  assert.equal(await readRunFile(directory), undefined)
})
