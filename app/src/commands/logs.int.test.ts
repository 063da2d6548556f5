// `secumon logs` as an operator runs it, beside a database and an archive with the same lines.

import { create } from '@bufbuild/protobuf'
import { LogBlockSchema } from '@secumon/contracts/gen/log'
import { CLOCK_OFFSET, RECEIVED_AT } from '@secumon/contracts/headers'
import { openArchiveWriter } from '@secumon/infra/archive/archive-writer'
import type { ArchivedRecord } from '@secumon/infra/archive/archive'
import { directoryStore } from '@secumon/infra/archive/local-store'
import { closeDatabase, openDatabase } from '@secumon/infra/database/database'
import { temporaryDirectory, testPostgres } from '@secumon/infra/testing/servers'
import { dataKeys } from '@secumon/infra/vault/data-keys'
import { masterKeys } from '@secumon/infra/vault/master-keys'
import { migrate } from '@secumon/migrations/migrate'
import { logsProjector } from '@secumon/projections/logs/project'
import { startLoop, systemClock } from '@secumon/projections/testing/loop'
import { MemoryLog, type Appended } from '@secumon/projections/testing/memory-log'
import { agentId } from '@secumon/projections/testing/recorded'
import { RecordedLogs } from '@secumon/projections/testing/recorded-logs'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { secumon, type Ending } from '../testing/command.ts'

const DAY = 24 * 3_600_000
const NOW = Date.now()
const OLD = NOW - 60 * DAY
const directory = await temporaryDirectory({ after })
const masterKey = randomBytes(32)
const { url } = await testPostgres({ after })

const recordOf = ({ subject, payload, headers = {} }: Appended, position: number): ArchivedRecord => ({
  tenant: subject.split('.')[2] ?? '',
  kind: 'logs',
  stream: 'LOGS_0',
  position,
  subject,
  payload,
  receivedAtMs: Number(headers[RECEIVED_AT]),
  clockOffsetMs: Number(headers[CLOCK_OFFSET]),
})

/** An hour's lines of two agents two months ago, and now; a damaged frame; another tenant's. */
function history(): Appended[] {
  const [web, db, theirs] = [agentId(1), agentId(2), agentId(3)].map(
    (agent, i) => new RecordedLogs(agent, i === 2 ? 'other' : 'main'),
  ) as [RecordedLogs, RecordedLogs, RecordedLogs]
  const junk = create(LogBlockSchema, { compression: 2, lines: Buffer.from('junk'), uncompressedBytes: 4 })
  const of = (atMs: number) => [
    web.lines({ receivedAtMs: atMs }, [
      { atMs: atMs - 2_000, message: 'GET /', severity: 7 },
      {
        atMs: atMs - 1_000,
        message: 'worker is gone\u001b[2J\nand on',
        severity: 4,
        source: 'journal',
        unit: 'app',
      },
    ]),
    db.lines({ receivedAtMs: atMs }, [{ atMs: atMs - 3_000, message: 'checkpoint done', severity: 7 }]),
    theirs.lines({ receivedAtMs: atMs }, [{ atMs: atMs - 1_000, message: 'GET /theirs' }]),
  ]
  // Of two months ago too, but it came a week later.
  const late = db.lines({ receivedAtMs: OLD + 7 * DAY }, [{ atMs: OLD - 500, message: 'late worker' }])
  return [...of(OLD), late, ...of(NOW), web.blocks({ receivedAtMs: NOW }, junk)]
}

async function prepare(): Promise<void> {
  const logger = pino({ level: 'silent' })
  const db = openDatabase({ url, poolSize: 6, applicationName: 'test', logger })
  await migrate(db)
  const keys = dataKeys({ db, masterKeys: masterKeys(masterKey), clock: systemClock })
  const all = history()
  const store = directoryStore(directory)
  const writer = await openArchiveWriter({ directory, store, keys, clock: systemClock, logger })
  const records = all.map((message, i) => recordOf(message, i + 1))
  for (let i = 0; i < records.length; i += 3) await writer.write(records.slice(i, i + 3), [])
  await writer.close()
  const log = new MemoryLog()
  log.append('LOGS_0', ...all)
  const loop = startLoop({ projector: logsProjector(), log, db, stream: 'LOGS_0' })
  await loop.reached(all.length)
  await loop.stop()
  await closeDatabase(db)
}

await prepare()

const logs = (...args: readonly string[]): Promise<Ending> =>
  secumon(['logs', ...args], {
    DATABASE_URL: url,
    SECUMON_MASTER_KEY: masterKey.toString('base64'),
    SECUMON_ARCHIVE: directory,
  })

const iso = (ms: number): string => new Date(ms).toISOString()
type Line = { message: string; agent: string }
const messages = ({ stdout }: Ending): string[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as Line).message)

test('the last hour is printed for people, oldest first', async () => {
  const { code, stdout, stderr } = await logs()
  assert.deepEqual([code, stderr], [0, ''])
  assert.equal(
    stdout,
    [
      `${iso(NOW - 3_000)} ${agentId(2)} nginx info: checkpoint done`,
      `${iso(NOW - 2_000)} ${agentId(1)} nginx info: GET /`,
      `${iso(NOW - 1_000)} ${agentId(1)} journal/app error: worker is gone\\u001b[2J`,
      '    and on',
      '',
    ].join('\n'),
  )
})

test('every filter narrows, from tables and archive alike', async () => {
  const range = ['--json', '--from', iso(NOW - DAY)]
  const archived = ['--json', '--archive', '--from', iso(NOW - DAY)]
  const cases: [string[], string[]][] = [
    [
      ['--source', 'journal,x', '--severity', 'error', '--grep', 'is (gone|here)'],
      ['worker is gone\u001b[2J\nand on'],
    ],
    [
      ['--words', 'POINT check', '--without-source', 'journal', '--without-severity', 'error'],
      ['checkpoint done'],
    ],
    [['--tenant', 'other', '--to', iso(NOW)], ['GET /theirs']],
  ]
  await Promise.all(
    cases.map(async ([args, wanted]) => {
      assert.deepEqual(messages(await logs(...range, ...args)), wanted, args.join(' '))
      assert.deepEqual(messages(await logs(...archived, ...args)), wanted, `--archive ${args.join(' ')}`)
    }),
  )
})

test('the archive has what is too old to be searched, also what came late, and says what cannot be read', async () => {
  const range = ['--json', '--from', iso(OLD - 10_000), '--to', iso(OLD)]
  const { code, stderr, ...ending } = await logs('--archive', ...range)
  assert.deepEqual(messages({ ...ending, code, stderr }), [
    'GET /',
    'worker is gone\u001b[2J\nand on',
    'checkpoint done',
    'late worker',
  ])
  assert.equal(code, 65)
  assert.match(stderr, /^leaf \d+ of main cannot be read: the lines cannot be decoded\n$/)
})

test('what is asked wrongly is refused with what to do', async () => {
  for (const args of [
    ['--severity', 'bad'],
    ['--from', iso(NOW), '--to', iso(OLD)],
  ])
    assert.equal((await logs(...args)).code, 64, args.join(' '))
})

test('archive cat prints frames of lines readably', async () => {
  const cat = (...args: string[]) =>
    secumon(['archive', 'cat', '--agent', agentId(1), '--to', iso(NOW - DAY), ...args], {
      DATABASE_URL: url,
      SECUMON_MASTER_KEY: masterKey.toString('base64'),
      SECUMON_ARCHIVE: directory,
    })
  assert.partialDeepStrictEqual(JSON.parse((await cat()).stdout), { lines: 2, sources: ['nginx', 'journal'] })
  const { lines } = JSON.parse((await cat('--json')).stdout) as { lines: unknown[] }
  assert.deepEqual(lines[0], { at: iso(OLD - 2_000), source: 'nginx', severity: 'info', message: 'GET /' })
})
