// Counts the lines of the batch under way. Neighbouring lines mostly are of one kind: they cost a comparison each.

import { ulidToUuid } from '@secumon/contracts/ids'
import type { RowWriter, WriteRows } from '@secumon/infra/database/row-writer'
import type { GenerationTx } from '../../projector.ts'
import type { ReadLine } from '../frame-lines.ts'
import { COUNTED_MS, LOG_COUNTS_SHAPE } from './tables.ts'

export type Whose = { readonly tenant: string; readonly agent: string }

export type CountedLines = {
  add(whose: Whose, lines: readonly ReadLine[]): void
  write(tx: GenerationTx, schema: string): Promise<void>
  clear(): void
}

type Counted = Whose &
  Pick<ReadLine, 'source' | 'unit' | 'severity'> & { readonly bucketMs: number; lines: number }

/** Kept from batch to batch. */
export function countedLines(writeRows: WriteRows): CountedLines {
  const writer = writeRows(LOG_COUNTS_SHAPE)
  const counts = new Map<string, Counted>()

  function countOf({ tenant, agent }: Whose, { source, unit, severity, atMs }: ReadLine): Counted {
    const bucketMs = bucketOf(atMs)
    const key = JSON.stringify([tenant, agent, bucketMs, severity, source, unit])
    const count = counts.get(key) ?? { tenant, agent, source, unit, severity, bucketMs, lines: 0 }
    counts.set(key, count)
    return count
  }

  return {
    add(whose, lines) {
      let last: Counted | undefined
      for (const line of lines) {
        if (!last || !isOf(last, line)) last = countOf(whose, line)
        last.lines++
      }
    },
    async write(tx, schema) {
      for (const count of counts.values()) writeCount(writer, count)
      await writer.write(tx, schema)
    },
    clear() {
      counts.clear()
      writer.clear()
    },
  }
}

const bucketOf = (atMs: number): number => Math.floor(atMs / COUNTED_MS) * COUNTED_MS

const isOf = (count: Counted, { source, unit, severity, atMs }: ReadLine): boolean =>
  count.bucketMs === bucketOf(atMs) &&
  count.severity === severity &&
  count.source === source &&
  count.unit === unit

// In the order of LOG_COUNTS_SHAPE.
function writeCount(writer: RowWriter, count: Counted): void {
  writer.row()
  writer.timestamptz(count.bucketMs)
  writer.bigint(count.lines)
  writer.uuid(Buffer.from(ulidToUuid(count.agent).replaceAll('-', ''), 'hex'))
  writer.integer(count.severity)
  writer.text(count.tenant)
  writer.text(count.source)
  writer.text(count.unit)
}
