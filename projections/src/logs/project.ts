// Log lines in PostgreSQL: every line becomes a row, each exactly once, and whoever follows is told.

import { copyRows } from '@secumon/infra/database/copy-rows'
import type { WriteRows } from '@secumon/infra/database/row-writer'
import { DAY_MS } from '@secumon/migrations/partitions'
import { SinkUnavailable } from '../failure.ts'
import type { Projector } from '../projector.ts'
import { dayPartitions, missesItsDay } from '../samples/day-partitions.ts'
import { DEFAULT_KEPT_DAYS, type KeptDays } from '../storage/kept-days.ts'
import { DERIVED_COUNTS } from './counts/seal-counts.ts'
import { completeCounts, createCounts } from './counts/tables.ts'
import type { Live } from './live-lines.ts'
import { preparedLines } from './prepared-lines.ts'
import { createLogTables, LOGS_SHAPE } from './tables.ts'

export type LogsProjectorOptions = {
  /** Absent: nobody is told. */
  readonly live?: Live
  /** Absent: binary COPY. */
  readonly writeRows?: WriteRows
  /** Absent: as long as nothing else is configured. */
  readonly kept?: KeptDays
}

/** One instance per loop: it keeps the lines being written. */
export function logsProjector(options: LogsProjectorOptions = {}): Projector {
  const { live, writeRows = copyRows, kept = DEFAULT_KEPT_DAYS } = options
  const lines = preparedLines(writeRows, kept.logs * DAY_MS)
  const partitions = dayPartitions()
  return {
    name: 'logs',
    version: 1,
    feeds: ['logs'],
    sink: 'sql',
    anyOrder: true,
    async createTables(db, schema) {
      await createLogTables(db, schema)
      await createCounts(db, schema)
    },
    completeTables: (db, { schema }) => completeCounts(db, schema),
    derived: DERIVED_COUNTS,
    tables: [{ name: LOGS_SHAPE.table, agent: 'agent_id', time: 'time', keptDays: kept.logs }],
    forget() {
      partitions.forget()
      lines.clear()
    },
    prepare: (fact) => lines.add(fact),
    async project(batch, tx, schema) {
      lines.settle(batch)
      try {
        if (lines.days.size === 0) return undefined
        const made = await partitions.ensure(tx, schema, lines.days)
        await lines.write(tx, schema)
        const tell = lines.live.take()
        return () => {
          made()
          if (live) tell(live)
        }
      } catch (error) {
        if (!missesItsDay(error)) throw error
        throw new SinkUnavailable('a partition was dropped meanwhile', { cause: error })
      } finally {
        lines.clear()
      }
    },
  }
}
