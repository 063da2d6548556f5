// `secumon archive` as an operator runs it, beside a database with the keys and the directory of an archive.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openArchiveWriter } from '@secumon/infra/archive/archive-writer'
import { directoryStore } from '@secumon/infra/archive/local-store'
import { SignedFleet } from '@secumon/infra/archive/testing-fleet'
import { agentId } from '@secumon/infra/archive/testing-archive'
import { closeDatabase, openDatabase } from '@secumon/infra/database/database'
import { temporaryDirectory, testPostgres } from '@secumon/infra/testing/servers'
import { dataKeys } from '@secumon/infra/vault/data-keys'
import { masterKeys } from '@secumon/infra/vault/master-keys'
import { migrate } from '@secumon/migrations/migrate'
import { pino } from 'pino'
import { secumon, type Ending } from '../testing/command.ts'

const DAY_MS = 24 * 3_600_000

const directory = await temporaryDirectory({ after })
const masterKey = randomBytes(32)
const { url } = await testPostgres({ after })

const archiveCommand = (...args: readonly string[]) =>
  secumon(['archive', ...args], {
    DATABASE_URL: url,
    SECUMON_MASTER_KEY: masterKey.toString('base64'),
    SECUMON_ARCHIVE: directory,
  })

/** A sealed segment of each kind and an open one. */
async function writeArchive(): Promise<void> {
  const logger = pino({ level: 'silent' })
  const db = openDatabase({ url, poolSize: 2, applicationName: 'test', logger })
  await migrate(db)
  let nowMs = Date.now() - DAY_MS
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
  const keys = dataKeys({ db, masterKeys: masterKeys(masterKey), clock })
  const writer = await openArchiveWriter({ directory, store: directoryStore(directory), keys, clock, logger })
  const fleet = new SignedFleet()
  await writer.write([fleet.enrol(1), fleet.epoch(1), fleet.epoch(1, 'logs'), fleet.renamed('a')], [])
  await writer.write([fleet.frame(1), fleet.gap(1, 3), fleet.frame(1), fleet.frame(1, 'logs')], [])
  nowMs += DAY_MS
  await writer.sealDue()
  await writer.write([fleet.frame(1)], [])
  await writer.close()
  await db.insertInto('secumon.archive_progress').values({ flush: writer.flush }).execute()
  await closeDatabase(db)
}

await writeArchive()
const lines = ({ stdout }: Ending): string[] => stdout.trimEnd().split('\n')
type Line = Record<string, string | number | undefined>
const objects = (ending: Ending) => lines(ending).map((line) => JSON.parse(line) as Line)
const nameOf = async (kind: string): Promise<string> =>
  (await directoryStore(directory).list(`main/${kind}/`))[0]?.name ?? ''

test('ls lists segments with totals', async () => {
  const all = await archiveCommand('ls')
  assert.equal(all.code, 0, all.stderr)
  assert.equal(lines(all).length, 6)
  assert.match(lines(all).at(-1) ?? '', /^4 segments, 9 leaves, [\d.]+ KiB$/)
  const logs = objects(await archiveCommand('ls', '--json', '--times', '--kind', 'logs'))
  assert.equal(logs[0]?.['first_at'], '1970-01-01T00:00:01.000Z')
  assert.deepEqual([logs[0]?.['state'], logs[0]?.['leaves'], logs[1]?.['segments']], ['sealed', 1, 1])
})

test('cat prints what concerns an agent, and a segment', async () => {
  const agent = objects(await archiveCommand('cat', '--agent', agentId(1)))
  const shown = agent.map(({ record, lane, sequence, first }) =>
    [record, lane, sequence ?? first].filter((part) => part !== undefined).join(' '),
  )
  assert.deepEqual(shown.toSorted(), [
    'envelope',
    'envelope',
    'envelope',
    'frame logs 1',
    'frame telemetry 1',
    'frame telemetry 5',
    'frame telemetry 6',
    'gap telemetry 2',
  ])
  const full = await archiveCommand('cat', await nameOf('logs'), '--json')
  assert.equal(lines(full).length, 1)
  assert.match(full.stdout, /"frame":\{"tenant":"main",.*"lane":"LANE_LOGS"/)
})

test('check ends with 0 where nothing is wrong, and with 65 and the place where something is', async () => {
  const clean = await archiveCommand('check')
  assert.equal(clean.code, 0, clean.stdout + clean.stderr)
  assert.match(clean.stdout, /9 leaves: 4 frames, 1 gaps, 4 envelopes.*5 signatures.*\nnothing is wrong/s)
  const name = await nameOf('telemetry')
  const bytes = await readFile(join(directory, name))
  bytes[200] = (bytes[200] ?? 0) ^ 1
  await writeFile(join(directory, name), bytes)
  const damaged = await archiveCommand('check', '--json')
  assert.equal(damaged.code, 65)
  assert.deepEqual(
    objects(damaged).map(({ kind, segment }) => [kind, segment]),
    [
      ['block-damaged', name],
      ['flush-incomplete', undefined],
      ['leaves-missing', undefined],
      [undefined, undefined],
    ],
  )
})
