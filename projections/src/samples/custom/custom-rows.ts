// The rows of custom metrics of the batch under way. A value whose series is known to be taken is written at once; the
// others wait until the transaction tells. What is refused is counted, and nothing else comes of it.

import type { CustomSamples } from '@secumon/contracts/gen/observation'
import { ulidToUuid } from '@secumon/contracts/ids'
import type { RowWriter, WriteRows } from '@secumon/infra/database/row-writer'
import type { FrameFact, GenerationTx, AfterCommit } from '../../projector.ts'
import { dayOfMs } from '../day-partitions.ts'
import { addRow, type Stamp } from '../sample-writer.ts'
import { CUSTOM_SHAPE } from '../tables.ts'
import { CUSTOM_VALUE_COLUMNS, isCounterAt, metricAt } from './custom-columns.ts'
import { countRefused, type Refused } from './refused.ts'
import { seriesBook, seriesKey, type Arrived, type SeriesKey } from './series-book.ts'

/** Whose values they are, and when they arrived. */
export type CustomFrame = Pick<FrameFact, 'receivedAtMs'> & Pick<FrameFact['header'], 'tenant' | 'agent'>

export type CustomRows = {
  add(stamp: Stamp, custom: CustomSamples, frame: CustomFrame): void
  write(tx: GenerationTx, schema: string): Promise<AfterCommit>
  clear(): void
  /** Somebody else may have changed what is known. */
  forget(): void
}

const HOUR_MS = 3_600_000

type Waiting = {
  readonly key: SeriesKey
  readonly stamp: Stamp
  readonly custom: CustomSamples
  readonly row: number
  readonly arrivedAtMs: number
}

/** @param onRefused called once what was refused is committed */
export function customRows(writeRows: WriteRows, onRefused: (refused: Refused) => void): CustomRows {
  const writer: RowWriter = writeRows(CUSTOM_SHAPE)
  const book = seriesBook()
  const wanted = new Map<SeriesKey, Arrived>()
  let waiting: Waiting[] = []
  let refused = new Map<string, { values: number; lastMs: number }>()

  function add(stamp: Stamp, custom: CustomSamples, { tenant, agent, receivedAtMs }: CustomFrame): void {
    const [day, hour] = [dayOfMs(receivedAtMs), Math.floor(receivedAtMs / HOUR_MS)]
    for (const [row, labels] of custom.labels.entries()) {
      const [metric, isCounter] = [metricAt(custom, row), isCounterAt(custom, row)]
      const key = seriesKey(agent, metric, labels)
      const decided = book.decided(key, { isCounter, day, hour })
      if (decided === 'taken') addValue({ stamp, custom, row })
      else if (decided === 'refused') refuse(tenant, receivedAtMs)
      else {
        wanted.set(key, { tenant, agent, agentUuid: ulidToUuid(agent), metric, labels, isCounter, day, hour })
        waiting.push({ key, stamp, custom, row, arrivedAtMs: receivedAtMs })
      }
    }
  }

  const addValue = ({ stamp, custom, row }: Pick<Waiting, 'stamp' | 'custom' | 'row'>): void =>
    addRow(writer, CUSTOM_VALUE_COLUMNS, { stamp, intervalMs: custom.intervalMs, sample: custom, row })

  function refuse(tenant: string, atMs: number): void {
    const { values, lastMs } = refused.get(tenant) ?? { values: 0, lastMs: 0 }
    refused.set(tenant, { values: values + 1, lastMs: Math.max(lastMs, atMs) })
  }

  async function write(tx: GenerationTx, schema: string): Promise<AfterCommit> {
    const admitted = wanted.size > 0 ? await book.admit(tx, schema, wanted) : undefined
    for (const value of waiting)
      if (admitted?.keys.has(value.key)) addValue(value)
      else refuse(value.stamp.tenant, value.arrivedAtMs)
    await writer.write(tx, schema)
    await countRefused(tx, schema, refused)
    const told = refused
    return () => {
      admitted?.afterCommit()
      if (told.size > 0) onRefused(told)
    }
  }

  function clear(): void {
    writer.clear()
    wanted.clear()
    waiting = []
    refused = new Map()
  }

  return { add, write, clear, forget: () => book.forget() }
}
