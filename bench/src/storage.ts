// `npm run bench -- storage`: what samples cost on disk before and after they are squeezed, and how fast panels are
// answered of a month of them and a year of rollups. All of it is made by the database, in one of its own.

import { cpus } from 'node:os'
import { isHypertable, describeDatabase, timeSeriesDatabase } from '@secumon/migrations/timescale'
import { ensureGeneration } from '@secumon/projections/generations'
import { samplesProjector } from '@secumon/projections/samples/project'
import { measureCosts } from './storage/costs.ts'
import { madeOnce, type Made } from './storage/kept-data.ts'
import { makeData } from './storage/made-data.ts'
import { openStorageDatabase, type StorageDatabase, type Where } from './storage/open-database.ts'
import { monthRows, panelRows, rollupSizes, sizeRows } from './storage/report.ts'
import type { Stored } from './storage/squeeze.ts'
import { measureWriters } from './storage/writers.ts'
import { printJson, printTable, type Row } from './table.ts'

export const STORAGE_HELP = `usage: npm run bench -- storage [--agents 50] [--days 30] [--runs 3]
         [--data <directory> | --url <postgres://…> | --wasm] [--only sizes|writers|panels|costs]

  --agents  of so many there is a year of rollups, of two fifths of them samples
  --days    of samples
  --runs    questions for each panel, in tens
  --data    the database is made there and stays: the next run with the same amounts only measures, which wants a
            quiet machine; remove the directory to have it made anew
  --url     a server on which a database is made and removed again: any PostgreSQL or TimescaleDB
  --wasm    TimescaleDB's full edition in WebAssembly: sizes are right, times say nothing
  --only    one part of what is measured; \`none\` makes the data and nothing else`

const ONLY = ['sizes', 'writers', 'panels', 'costs', 'none'] as const
type Part = Exclude<(typeof ONLY)[number], 'none'>

export type StorageBenchOptions = Where & {
  /** Of which there is a year of rollups; of two fifths there are samples, too. */
  readonly agents: number
  /** Of samples. */
  readonly days: number
  readonly runs: number
  /** Absent: all parts. */
  readonly only?: Part | 'none'
}

/** Undefined where nothing is called like that. */
export const partNamed = (name: string): StorageBenchOptions['only'] => ONLY.find((known) => known === name)

export async function benchStorage(options: StorageBenchOptions): Promise<void> {
  const database = await openStorageDatabase(options)
  try {
    const stored = await storedIn(database)
    const edition = describeDatabase(await timeSeriesDatabase(stored.db))
    const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`
    console.log(`${edition}; ${machine}; ${options.agents} agents, ${options.days} days`)
    const amounts = { ...options, sampled: Math.ceil(options.agents * 0.4) }
    const made = await madeOnce(stored, amounts, () => makeData(stored, amounts))
    const tables = await measure({ ...amounts, ...made, stored, copies: database.copies })
    const { url: _, ...numbers } = options
    printJson({ bench: 'storage', ...numbers, edition, machine, ...tables })
  } finally {
    await database.close()
  }
}

async function storedIn({ db }: StorageDatabase): Promise<Stored> {
  const generation = await ensureGeneration(db, samplesProjector())
  const isChunked = await isHypertable(db, { schema: generation.schema, table: 'metrics' })
  return { db, generation, form: isChunked ? 'hypertables' : 'partitions' }
}

type Run = StorageBenchOptions &
  Made & { readonly sampled: number; readonly stored: Stored; readonly copies: boolean }

type Tables = Record<string, readonly Row[]>

const PARTS: Record<Part, (run: Run) => Promise<Tables>> = {
  sizes: async (run) => ({
    'what lies on the disk': await sizeRows(run.stored, run),
    rollups: await rollupSizes(run.stored),
    'what it cost to make': run.costs,
  }),
  writers: async ({ stored, copies, toMs }) => ({
    'how fast rows are written': await measureWriters(stored, copies, toMs),
  }),
  panels: async (run) => ({
    'how fast panels are answered, ms': await panelRows(run.stored, run),
    'a month of CPU of one agent, ms': await monthRows(run.stored, run),
  }),
  costs: async (run) => ({ 'what a day costs, all tables': await measureCosts(run.stored, run) }),
}

async function measure(run: Run): Promise<Tables> {
  const all: Tables = {}
  for (const [name, part] of Object.entries(PARTS)) {
    if (run.only !== undefined && run.only !== name) continue
    const tables = await part(run)
    for (const [title, rows] of Object.entries(tables)) printTable(title, rows)
    Object.assign(all, tables)
  }
  return all
}
