// The metric tables: every observation becomes rows, in order, each exactly once.

import { copyRows } from '@secumon/infra/database/copy-rows'
import type { WriteRows } from '@secumon/infra/database/row-writer'
import { DAY_MS } from '@secumon/migrations/partitions'
import type { Logger } from 'pino'
import { SinkUnavailable } from '../failure.ts'
import type { Projector } from '../projector.ts'
import { DEFAULT_KEPT_DAYS, type KeptDays } from '../storage/kept-days.ts'
import { dayPartitions, missesItsDay } from './day-partitions.ts'
import { completeSamples } from './complete-samples.ts'
import { takeOverSeries } from './custom/series-tables.ts'
import { tellRefused } from './custom/refused.ts'
import { preparedRows } from './prepared-rows.ts'
import { derivedRollups } from './rollups/derived.ts'
import { createSamplesTables, SAMPLE_TABLES } from './tables.ts'

export type SamplesProjectorOptions = {
  /** Absent: binary COPY. */
  readonly writeRows?: WriteRows
  /** Absent: as long as nothing else is configured. */
  readonly kept?: KeptDays
  /** Told when custom metrics are refused. */
  readonly logger?: Pick<Logger, 'warn'>
}

/** One instance per loop: it keeps the rows being written. */
export function samplesProjector(options: SamplesProjectorOptions = {}): Projector {
  const { writeRows = copyRows, kept = DEFAULT_KEPT_DAYS, logger } = options
  const rows = preparedRows({ writeRows, keptMs: kept.raw * DAY_MS, onRefused: tellRefused(logger) })
  const partitions = dayPartitions()
  return {
    name: 'samples',
    version: 1,
    feeds: ['telemetry'],
    sink: 'sql',
    anyOrder: true,
    createTables: createSamplesTables,
    completeTables: (db, { schema }) => completeSamples(db, schema),
    tables: SAMPLE_TABLES.map(({ table }) => ({
      name: table,
      agent: 'agent_id',
      time: 'time',
      keptDays: kept.raw,
    })),
    derived: derivedRollups(kept),
    carryOver: takeOverSeries,
    forget() {
      partitions.forget()
      rows.forget()
    },
    prepare: (fact) => rows.add(fact),
    async project(batch, tx, schema) {
      rows.settle(batch)
      try {
        if (rows.days.size === 0) return undefined
        const keepDays = await partitions.ensure(tx, schema, rows.days)
        const keepRows = await rows.write(tx, schema)
        return () => {
          keepDays()
          keepRows()
        }
      } catch (error) {
        if (!missesItsDay(error)) throw error
        throw new SinkUnavailable('a partition was dropped meanwhile', { cause: error })
      } finally {
        rows.clear()
      }
    },
  }
}
