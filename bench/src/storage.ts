// `npm run bench -- storage`: what samples cost on disk before and after they are squeezed, and how fast panels are
// answered of a month of them and a year of rollups. All of it is made by the database, in one of its own.

import { cpus } from 'node:os'
import { DAY_MS } from '@secumon/migrations/partitions'
import { describeDatabase, isHypertable, timeSeriesDatabase } from '@secumon/migrations/timescale'
import { ensureGeneration } from '@secumon/projections/generations'
import { samplesProjector } from '@secumon/projections/samples/project'
import { sql } from 'kysely'
import { makeSamples, makeYear, type Amounts } from './storage/made-data.ts'
import { openStorageDatabase } from './storage/open-database.ts'
import { allSizes, askMonth, monthRows, panelRows, rollupSizes, sizeRows } from './storage/report.ts'
import { rollUpTo, squeezeBefore, type Stored } from './storage/squeeze.ts'
import { measureWriters } from './storage/writers.ts'
import { printJson, printTable, type Row } from './table.ts'

export type StorageBenchOptions = {
  /** Of which there is a year of rollups; of two fifths there are samples, too. */
  readonly agents: number
  /** Of samples. */
  readonly days: number
  readonly runs: number
  /** A server on which a database can be created; absent: one of our own. */
  readonly url?: string
  /** TimescaleDB's full edition in WebAssembly, to see that it goes; its times say nothing. */
  readonly wasm: boolean
}

export async function benchStorage(options: StorageBenchOptions): Promise<void> {
  const database = await openStorageDatabase(options)
  try {
    const { db } = database
    const generation = await ensureGeneration(db, samplesProjector())
    const isChunked = await isHypertable(db, { schema: generation.schema, table: 'metrics' })
    const stored: Stored = { db, generation, form: isChunked ? 'hypertables' : 'partitions' }
    const edition = describeDatabase(await timeSeriesDatabase(db))
    const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`
    console.log(`${edition}; ${machine}; ${options.agents} agents, ${options.days} days`)
    const sampled = Math.ceil(options.agents * 0.4)
    const tables = await run({ ...options, stored, copies: database.copies, sampled })
    for (const [title, rows] of Object.entries(tables)) printTable(title, rows)
    const { url: _, ...numbers } = options
    printJson({ bench: 'storage', ...numbers, edition, machine, ...tables })
  } finally {
    await database.close()
  }
}

type Run = Amounts & { readonly runs: number; readonly stored: Stored; readonly copies: boolean }

async function run(bench: Run): Promise<Record<string, readonly Row[]>> {
  const today = Math.floor(Date.now() / DAY_MS)
  const toMs = today * DAY_MS
  const costs: Row[] = []
  const step = async (what: string, work: () => Promise<void>) => {
    const startedMs = performance.now()
    await work()
    const seconds = (performance.now() - startedMs) / 1_000
    costs.push({ what, seconds, 'ms/agent': (seconds * 1_000) / bench.sampled })
    console.log(`${seconds.toFixed(1).padStart(7)} s  ${what}`)
  }
  const { stored } = bench
  await step('samples are made', () => makeSamples(stored, bench, today))
  await step('rollups of all days but the last', () =>
    rollUpTo(stored, toMs - DAY_MS, toMs - bench.days * DAY_MS),
  )
  await step('rollups of the last day, all tables', () => rollUpTo(stored, toMs, toMs - DAY_MS))
  const before = await allSizes(stored)
  await step('a year of rollups is made', () => makeYear(stored, bench, toMs))
  const asking = { ...bench, toMs }
  const asRows = await askMonth(stored, asking)
  await step('all days but two are squeezed', () => squeezeBefore(stored, today - 2))
  await step('one more day is squeezed, all tables', () => squeezeBefore(stored, today - 1))
  await step('analyze', async () => void (await sql`analyze`.execute(stored.db)))
  return {
    'what lies on the disk': sizeRows(bench, before, await allSizes(stored)),
    rollups: await rollupSizes(stored),
    'how fast rows are written': await measureWriters(stored, bench.copies, toMs),
    'how fast panels are answered, ms': await panelRows(stored, asking),
    'a month of CPU of one agent, ms': await monthRows(stored, asking, asRows),
    'what it costs': costs,
  }
}
