// How fast rows get into the tables: observations of simulated hosts through the projector's own writer, a transaction of
// some thousand rows after the other.

import type { Observation } from '@secumon/contracts/gen/observation'
import { createSimulatedHost } from '@secumon/edge/simulator/simulated-host'
import { simulatedObservation } from '@secumon/edge/simulator/simulated-observation'
import { makeDaysAhead } from '@secumon/migrations/partitions'
import { copyRows } from '@secumon/infra/database/copy-rows'
import type { WriteRows } from '@secumon/infra/database/row-writer'
import { unnestRows } from '@secumon/infra/database/unnest-rows'
import { SAMPLE_TABLES } from '@secumon/projections/samples/tables'
import { sampleWriter, type Stamp } from '@secumon/projections/samples/sample-writer'
import { sql, type Transaction } from 'kysely'
import type { Row } from '../table.ts'
import { PERIOD_MS } from './raw-rows.ts'
import type { Stored } from './squeeze.ts'

const BATCHES = 20
const TICKS_OF_A_BATCH = 200
const HOSTS = 20
const TENANT = 'bench'

type Tick = { readonly stamp: Stamp; readonly observation: Observation }

/** Writes the same rows with each; they lie after `fromMs`, of hosts of their own, and are removed again. */
export async function measureWriters(stored: Stored, copies: boolean, fromMs: number): Promise<Row[]> {
  const ticks = ticksAfter(fromMs)
  await makeDaysAhead(stored.db, { schema: stored.generation.schema, nowMs: fromMs })
  const writers: readonly (readonly [string, WriteRows])[] = [
    ...(copies ? [['binary COPY', copyRows] as const] : []),
    ['unnest', unnestRows],
  ]
  const rows: Row[] = []
  for (const [name, writeRows] of writers)
    rows.push({ writer: name, ...(await measured(stored, writeRows, ticks)) })
  await removeWritten(stored, fromMs)
  return rows
}

async function removeWritten({ db, generation: { schema } }: Stored, fromMs: number): Promise<void> {
  for (const { table } of SAMPLE_TABLES) {
    const rows = sql.table(`${schema}.${table}`)
    await sql`delete from ${rows} where tenant_id = ${TENANT} and time >= ${new Date(fromMs)}`.execute(db)
  }
}

function ticksAfter(fromMs: number): Tick[] {
  const hosts = Array.from({ length: HOSTS }, (_, i) => createSimulatedHost({ seed: i + 1 }))
  return Array.from({ length: BATCHES * TICKS_OF_A_BATCH }, (_, n) => {
    const atMs = fromMs + Math.floor(n / HOSTS) * PERIOD_MS
    const host = hosts[n % HOSTS] ?? createSimulatedHost({ seed: 1 })
    const agent = new Uint8Array(16).fill(n % HOSTS)
    const stamp = { atMs, tenant: TENANT, agent, clockCorrected: false }
    return { stamp, observation: simulatedObservation(host, atMs, PERIOD_MS) }
  })
}

async function measured(
  { db, generation: { schema } }: Stored,
  writeRows: WriteRows,
  ticks: readonly Tick[],
): Promise<Row> {
  let written = 0
  const counting: WriteRows = (shape) => {
    const writer = writeRows(shape)
    const write = writer.write.bind(writer)
    writer.write = (tx, into) => {
      written += writer.rowCount
      return write(tx, into)
    }
    return writer
  }
  const writer = sampleWriter(counting)
  const startedMs = performance.now()
  for (let i = 0; i < ticks.length; i += TICKS_OF_A_BATCH) {
    for (const { stamp, observation } of ticks.slice(i, i + TICKS_OF_A_BATCH)) writer.add(stamp, observation)
    await db.transaction().execute((tx) => writer.write(tx as Transaction<unknown>, schema))
  }
  const seconds = (performance.now() - startedMs) / 1_000
  return { rows: written, 'rows/s': written / seconds, 'ticks/s': ticks.length / seconds }
}
