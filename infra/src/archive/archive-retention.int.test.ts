import assert from 'node:assert/strict'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { pino } from 'pino'
import { temporaryDirectory } from '../testing/servers.ts'
import { expireDue } from './archive-retention.ts'
import type { Finding } from './check-findings.ts'
import { checkArchive } from './check.ts'
import { DAY_MS, testingArchive } from './testing-archive.ts'
import { SignedFleet } from './testing-fleet.ts'

/** A sealed day with every kind, 40 days ago. */
async function oldArchive(context: TestContext) {
  const archive = testingArchive(await temporaryDirectory(context))
  const fleet = new SignedFleet()
  const writer = await archive.writer()
  await writer.write([fleet.enrol(1), fleet.epoch(1), fleet.epoch(1, 'logs')], [])
  await writer.write([fleet.frame(1), fleet.frame(1, 'logs'), fleet.frame(1)], [])
  archive.time.nowMs += DAY_MS
  await writer.sealDue()
  await writer.write([fleet.frame(1), fleet.frame(1, 'logs')], [])
  archive.time.nowMs += 39 * DAY_MS
  await writer.close()
  const { directory, store, keys, time } = archive
  const expire = (days: { telemetry: number; logs: number }) =>
    expireDue({
      directory,
      store,
      nowMs: time.nowMs,
      logger: pino({ level: 'silent' }),
      days,
    })
  const check = async () => {
    const findings: Finding[] = []
    await checkArchive({ directory, store, keys, onFinding: (finding) => void findings.push(finding) })
    return findings
  }
  const states = async () => (await archive.reader().segments()).map(({ kind, state }) => `${kind} ${state}`)
  return { ...archive, expire, check, states }
}

test('telemetry goes, logs stay their year, events for ever; the chain is still whole', async (context) => {
  const { expire, check, states } = await oldArchive(context)
  const { segments, leaves, bytes } = await expire({ telemetry: 35, logs: 365 })
  assert.deepEqual({ segments, leaves }, { segments: 1, leaves: 2 })
  assert.ok(bytes > 100)
  assert.deepEqual((await states()).toSorted(), [
    'events sealed',
    'logs open',
    'logs sealed',
    'telemetry hashes',
    'telemetry open',
  ])
  assert.deepEqual(await check(), [])
  assert.equal((await expire({ telemetry: 35, logs: 365 })).segments, 0)
  assert.equal((await expire({ telemetry: 1, logs: 39 })).segments, 1)
  assert.deepEqual(await check(), [])
})

test('a day is kept until it is over by as many days', async (context) => {
  const { expire } = await oldArchive(context)
  assert.equal((await expire({ telemetry: 40, logs: 40 })).segments, 0)
  assert.equal((await expire({ telemetry: 39, logs: 40 })).segments, 1)
})

test('after a crash between stub and removal, the segment goes the next time', async (context) => {
  const { expire, store, directory } = await oldArchive(context)
  const [segment] = await store.list('main/telemetry/')
  const path = join(directory, segment?.name ?? '')
  const copy = join(directory, 'copy')
  await copyFile(path, copy)
  await expire({ telemetry: 35, logs: 365 })
  await copyFile(copy, path)
  await expire({ telemetry: 35, logs: 365 })
  const names = (await store.list('main/telemetry/')).map(({ name }) => name)
  assert.equal(names.length, 1)
  assert.match(names[0] ?? '', /\.hashes$/)
})

test('what an archiver with a wrong clock wrote is kept by the time at which it was received', async (context) => {
  const { directory, store, time, writer } = testingArchive(await temporaryDirectory(context))
  const receivedAtMs = time.nowMs
  time.nowMs -= 40 * DAY_MS
  const wrong = await writer()
  await wrong.write([{ ...new SignedFleet().frame(1), receivedAtMs }], [])
  time.nowMs = receivedAtMs
  await wrong.sealDue()
  await wrong.close()
  const days = { telemetry: 35, logs: 365 }
  const options = { directory, store, logger: pino({ level: 'silent' }), days }
  assert.equal((await expireDue({ ...options, nowMs: time.nowMs })).segments, 0)
  time.nowMs += 36 * DAY_MS
  assert.equal((await expireDue({ ...options, nowMs: time.nowMs })).segments, 1)
})

test('a damaged segment is left as it is, and the others go', async (context) => {
  const { expire, states, store, directory } = await oldArchive(context)
  const [segment] = await store.list('main/telemetry/')
  const path = join(directory, segment?.name ?? '')
  const bytes = await readFile(path)
  bytes[60] = (bytes[60] ?? 0) ^ 1
  await writeFile(path, bytes)
  assert.equal((await expire({ telemetry: 35, logs: 35 })).segments, 1)
  assert.ok((await states()).includes('telemetry sealed') && (await states()).includes('logs hashes'))
})
