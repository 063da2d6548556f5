import { create } from '@bufbuild/protobuf'
import { LogBlockSchema, LogDropReason } from '@secumon/contracts/gen/log'
import { untyped } from '@secumon/infra/database/database'
import { unnestRows } from '@secumon/infra/database/unnest-rows'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { listDeadLetters } from '../dead-letters.ts'
import { liveSchema } from '../live-generation.ts'
import type { Projector } from '../projector.ts'
import { laws } from '../testing/laws.ts'
import { startLoop, stopLoops } from '../testing/loop.ts'
import { MemoryLog, type Appended } from '../testing/memory-log.ts'
import { agentId } from '../testing/recorded.ts'
import { logBlock, RecordedLogs, type SaidLine } from '../testing/recorded-logs.ts'
import { testDatabase } from '../testing/recorder.ts'
import { logsProjector } from './project.ts'
import { LOGS_SHAPE } from './tables.ts'

const STREAM = 'LOGS_0'
const DAY = 24 * 3_600_000
const NOW = Date.now()
const arrival = { receivedAtMs: NOW }
after(stopLoops)
const db = await testDatabase({ after })

type Row = Record<string, unknown>

async function dump(schema: string): Promise<Row[]> {
  const columns = LOGS_SHAPE.columns.map(({ name }) => sql.ref(name))
  const table = sql.table(`${schema}.${LOGS_SHAPE.table}`)
  const place = sql`agent_id, epoch, sequence, line`
  return (await sql<Row>`select ${sql.join(columns)} from ${table} order by ${place}`.execute(untyped(db)))
    .rows
}

/** What is counted with them, too. */
async function dumpAll(schema: string): Promise<unknown> {
  const { rows } = await sql<Row>`select time, agent_id, severity, source, unit, sum(lines)::int as lines
    from ${sql.table(`${schema}.log_counts`)} group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`.execute(
    untyped(db),
  )
  return { counts: rows, lines: await dump(schema) }
}

const some = (atMs: number, n: number): SaidLine[] => [
  { atMs, message: `GET /${n}`, severity: 7 },
  { atMs: atMs + 5, message: `worker ${n} is gone`, severity: 4, source: 'journal', unit: 'app.service' },
]

/** Two agents around midnight, five days ago; the second's records apart. */
function history() {
  const [a, b] = [new RecordedLogs(agentId(1)), new RecordedLogs(agentId(2))]
  const from = (Math.floor(NOW / DAY) - 5) * DAY - 2 * 3_600_000
  const [first, second, both]: [Appended[], Appended[], Appended[]] = [[], [], []]
  for (let i = 0; i < 8; i++) {
    const receivedAtMs = from + i * 20 * 60_000
    const loss = {
      source: 'nginx',
      lines: 3n,
      bytes: 90n,
      reason: LogDropReason.RATE,
      fromMs: 1n,
      untilMs: BigInt(receivedAtMs),
    }
    first.push(
      i === 3 ? a.gap({ receivedAtMs }, 2) : a.lines({ receivedAtMs }, some(receivedAtMs, i), [loss]),
    )
    second.push(b.lines({ receivedAtMs }, some(receivedAtMs + 3, i + 100)))
    both.push(...first.slice(-1), ...second.slice(-1))
  }
  return { both, first, second }
}

const { both, first, second } = history()
laws({
  db,
  stream: STREAM,
  projector: logsProjector,
  history: both,
  backfilled: [...first, ...second],
  dump: dumpAll,
})

let projections = 0

async function projected(messages: readonly Appended[], projector: Projector = logsProjector()) {
  const made = { ...projector, name: `logs-${++projections}` }
  const log = new MemoryLog()
  log.append(STREAM, ...messages)
  const loop = startLoop({ projector: made, log, db, stream: STREAM })
  await loop.reached(messages.length)
  await loop.stop()
  const rows = await dump(await liveSchema(db, made.name))
  return { rows, letters: await listDeadLetters(db, { projection: made.name, limit: 1_000 }) }
}

const agent = (): RecordedLogs => new RecordedLogs(agentId(1))

test('both ways of writing give the same rows, and every value is where it belongs', async () => {
  const lines: SaidLine[] = [
    { atMs: NOW - 10, message: 'größer\nand on', severity: 4, source: 'journal', unit: 'app.service' },
    { atMs: NOW, message: 'a\0b' },
  ]
  const loss = {
    source: 'journal',
    lines: 12n,
    bytes: 345n,
    fromMs: BigInt(NOW - 9),
    untilMs: BigInt(NOW - 1),
    reason: LogDropReason.RATE,
  }
  const made = () => {
    const lane = agent()
    return [lane.lines(arrival, lines, [loss]), lane.gap(arrival, 3)]
  }
  const { rows } = await projected(made())
  assert.deepEqual((await projected(made(), logsProjector({ writeRows: unnestRows }))).rows, rows)
  const dropped = { reason: 'rate', lines: 12, bytes: 345, from: NOW - 9, until: NOW - 1 }
  const gap = { reason: 'gap', lines: 0, bytes: 0, from: NOW, until: NOW }
  const common = { tenant_id: 'main', epoch: 1, sequence: 1 }
  const expected = [
    {
      ...common,
      line: 0,
      time: NOW - 10,
      message: 'größer\nand on',
      severity: 4,
      source: 'journal',
      unit: 'app.service',
      dropped: '',
    },
    {
      ...common,
      line: 1,
      time: NOW,
      message: 'a\uFFFDb',
      severity: 0,
      source: 'nginx',
      unit: '',
      dropped: '',
    },
    {
      ...common,
      line: 2,
      time: NOW - 1,
      message: '12 lines not sent: the source wrote more than its limit',
      severity: 5,
      source: 'journal',
      dropped: JSON.stringify(dropped),
    },
    {
      ...common,
      sequence: 4,
      line: 0,
      time: NOW,
      message: '3 frames of lines never came: the host had no room to keep them',
      severity: 5,
      source: 'secumon-agent',
      dropped: JSON.stringify(gap),
    },
  ]
  assert.equal(rows.length, expected.length)
  assert.partialDeepStrictEqual(rows, expected)
})

test('what is not sound becomes a dead letter, and what comes before and after it rows', async () => {
  const lane = agent()
  const junk = create(LogBlockSchema, { compression: 2, lines: Buffer.from('junk'), uncompressedBytes: 4 })
  const { rows, letters } = await projected([
    lane.lines(arrival, [{ atMs: NOW, message: 'before' }]),
    lane.blocks(arrival, logBlock([{ atMs: NOW, message: 'with it' }]), junk),
    lane.lines(arrival, [{ atMs: NOW, message: 'after' }]),
  ])
  assert.deepEqual(
    rows.map(({ message }) => message),
    ['before', 'after'],
  )
  assert.deepEqual(
    letters.map(({ position }) => position),
    [2],
  )
})

test('times are corrected like those of samples; what is past retention is not stored', async () => {
  const lane = agent()
  const { rows } = await projected([
    lane.lines({ receivedAtMs: NOW, clockOffsetMs: 60_000 }, [{ atMs: NOW - 60_000, message: 'slow clock' }]),
    lane.lines(arrival, [
      { atMs: NOW - 31 * DAY, message: 'of an old file' },
      { atMs: 0, message: 'no clock at all' },
      { atMs: NOW + 2 * DAY, message: 'of the future' },
      { atMs: NOW - 29 * DAY, message: 'late' },
    ]),
  ])
  assert.deepEqual(
    rows.map(({ time, message }) => [time, message]),
    [
      [NOW, 'slow clock'],
      [NOW, 'no clock at all'],
      [NOW, 'of the future'],
      [NOW - 29 * DAY, 'late'],
    ],
  )
})

test('a batch that unpacks to far more than it weighs is written in parts', async () => {
  const lane = agent()
  const large = Array.from({ length: 60 }, (_, i) => ({ atMs: NOW, message: `${i} ${'x'.repeat(65_000)}` }))
  const messages = Array.from({ length: 10 }, () => lane.lines(arrival, large))
  const { rows } = await projected(messages)
  assert.equal(rows.length, 600)
  assert.deepEqual(new Set(rows.map(({ sequence }) => sequence)).size, 10)
})

test('who follows is told what was committed: the newest of a flood, and how many not', async () => {
  const told: { subject: string; lines: { message: string; agent: string }[]; skipped: number }[] = []
  const live = {
    publishLive: (subject: string, payload: Uint8Array) =>
      void told.push({
        subject,
        ...(JSON.parse(Buffer.from(payload).toString()) as { lines: []; skipped: number }),
      }),
  }
  const flood = Array.from({ length: 1_234 }, (_, i) => ({ atMs: NOW, message: `line ${i}` }))
  await projected(
    [
      agent().lines(arrival, flood),
      new RecordedLogs(agentId(2), 'other').lines(arrival, [{ atMs: NOW, message: 'theirs' }]),
      new RecordedLogs(agentId(3), 'third').lines(
        arrival,
        Array.from({ length: 20 }, () => ({ atMs: NOW, message: '\u0001'.repeat(21_000) })),
      ),
    ],
    logsProjector({ live }),
  )
  const of = (tenant: string) => told.find(({ subject }) => subject === `live.${tenant}.logs`)
  assert.equal(told.length, 3)
  assert.equal(of('main')?.skipped, 734)
  assert.deepEqual(
    of('main')?.lines.map(({ message }) => message),
    flood.slice(734).map(({ message }) => message),
  )
  assert.partialDeepStrictEqual(of('other'), {
    skipped: 0,
    lines: [{ message: 'theirs', agent: agentId(2) }],
  })
  assert.deepEqual([of('third')?.lines.length, of('third')?.skipped], [4, 16])
})
