// The lines of the batch under way, encoded as they are read, so that only bytes stay in memory. A batch may unpack to
// far more than it weighs: what goes beyond the buffer is checked at once and encoded when there is room again.

import { ulidToUuid } from '@secumon/contracts/ids'
import type { RowWriter, WriteRows } from '@secumon/infra/database/row-writer'
import { countedLines } from './counts/counted-lines.ts'
import { dayOfMs } from '../samples/day-partitions.ts'
import type { Fact, FrameFact, GapFact, GenerationTx } from '../projector.ts'
import { frameLines, gapLine, weightOf, type ReadLine } from './frame-lines.ts'
import { liveLinesBook, type LiveLinesBook } from './live-lines.ts'
import { LOGS_SHAPE } from './tables.ts'

/** UTF-16 units that the lines weigh which are held encoded. */
const MAX_HELD = 32 * 1024 ** 2

type Lines = FrameFact | GapFact

export type PreparedLines = {
  /** Days in which the lines lie. */
  readonly days: ReadonlySet<number>
  readonly live: LiveLinesBook
  /** Adds the lines of a record; other facts have none. @throws MalformedLogBlock; nothing was added then */
  add(fact: Fact): void
  /** Makes sure that the lines are exactly those of the batch. */
  settle(batch: readonly Fact[]): void
  write(tx: GenerationTx, schema: string): Promise<void>
  clear(): void
}

/**
 * The buffer is kept from batch to batch.
 * @param keptMs what is older when it arrives is not stored: its day is already gone
 */
export function preparedLines(writeRows: WriteRows, keptMs: number): PreparedLines {
  const writer = writeRows(LOGS_SHAPE)
  const live = liveLinesBook()
  const counts = countedLines(writeRows)
  const days = new Set<number>()
  let records: Lines[] = []
  let waiting: Lines[] = []
  let held = 0

  function add(fact: Fact): void {
    if (fact.kind !== 'frame' && fact.kind !== 'gap') return
    const lines = keptLines(fact, keptMs)
    const { tenant, agent } = fact.header
    for (const line of lines) {
      days.add(dayOfMs(line.atMs))
      live.add(tenant, { agent, line })
    }
    counts.add(fact.header, lines)
    records.push(fact)
    if (held > MAX_HELD) waiting.push(fact)
    else encode(fact, lines)
  }

  function encode({ header }: Lines, lines: readonly ReadLine[]): void {
    const agent = Buffer.from(ulidToUuid(header.agent).replaceAll('-', ''), 'hex')
    for (const line of lines) {
      held += weightOf(line)
      writeLine(writer, { tenant: header.tenant, agent }, line)
    }
  }

  async function flush(tx: GenerationTx, schema: string): Promise<void> {
    held = 0
    await writer.write(tx, schema)
  }

  async function write(tx: GenerationTx, schema: string): Promise<void> {
    await flush(tx, schema)
    for (const record of waiting) {
      encode(record, keptLines(record, keptMs))
      if (held > MAX_HELD) await flush(tx, schema)
    }
    await flush(tx, schema)
    await counts.write(tx, schema)
  }

  function clear(): void {
    writer.clear()
    live.clear()
    counts.clear()
    days.clear()
    records = []
    waiting = []
    held = 0
  }

  function settle(batch: readonly Fact[]): void {
    const wanted = batch.filter(({ kind }) => kind === 'frame' || kind === 'gap')
    if (wanted.length === records.length && wanted.every((fact, i) => fact === records[i])) return
    clear()
    for (const fact of wanted) add(fact)
  }

  return { days, live, add, settle, write, clear }
}

/** The lines of a record that are not past their retention. @throws MalformedLogBlock */
export const keptLines = (record: Lines, keptMs: number): ReadLine[] =>
  (record.kind === 'gap' ? [gapLine(record)] : [...frameLines(record)]).filter(
    ({ atMs }) => atMs >= record.receivedAtMs - keptMs,
  )

// In the order of LOGS_SHAPE.
function writeLine(
  writer: RowWriter,
  { tenant, agent }: { readonly tenant: string; readonly agent: Uint8Array },
  line: ReadLine,
): void {
  writer.row()
  writer.timestamptz(line.atMs)
  writer.bigint(line.sequence)
  writer.uuid(agent)
  writer.integer(line.epoch)
  writer.integer(line.index)
  writer.integer(line.severity)
  writer.text(tenant)
  writer.text(line.source)
  writer.text(line.unit)
  writer.text(line.message)
  writer.text(line.dropped ? JSON.stringify(line.dropped) : '')
}
