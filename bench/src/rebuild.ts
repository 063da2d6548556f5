// `npm run bench -- rebuild`: how fast an archive becomes rows again, and how fast it is read and decoded alone. One
// process of ours does all of it; PostgreSQL's CPU is counted beside.

import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSimulatedHost } from '@secumon/edge/simulator/simulated-host'
import { SIMULATED_VALUES, simulatedObservation } from '@secumon/edge/simulator/simulated-observation'
import type { ArchivedRecord, ArchiveReader } from '@secumon/infra/archive/archive'
import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import { openArchiveWriter } from '@secumon/infra/archive/archive-writer'
import { directoryStore } from '@secumon/infra/archive/local-store'
import { closeDatabase, openDatabase, type Database } from '@secumon/infra/database/database'
import { startPostgres } from '@secumon/infra/embedded/postgres'
import { memoryKeys } from '@secumon/infra/testing/memory-keys'
import { migrate } from '@secumon/migrations/migrate'
import { decodeObservations, readFact } from '@secumon/projections/facts'
import { ensureGeneration } from '@secumon/projections/generations'
import { archivedMessage } from '@secumon/projections/rebuild/archived-message'
import { rebuild } from '@secumon/projections/rebuild/rebuild'
import { samplesProjector } from '@secumon/projections/samples/project'
import { MemoryLog } from '@secumon/projections/testing/memory-log'
import { agentId, RecordedLane } from '@secumon/projections/testing/recorded'
import { pino } from 'pino'
import { usageOf } from './process-cpu.ts'
import { printJson, printTable, type Row } from './table.ts'

export type RebuildBenchOptions = {
  readonly agents: number
  /** Frames of all agents together, one tick each. */
  readonly frames: number
  readonly seed: number
}

const STREAM = 'TELEMETRY_0'
const PERIOD_MS = 10_000
/** As many as an archiver's flush of half a second holds at a thousand frames a second. */
const FLUSH_RECORDS = 500

const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
const logger = pino({ level: 'warn' })

export async function benchRebuild(options: RebuildBenchOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'secumon-bench-'))
  const postgres = await startPostgres({ directory: join(directory, 'postgres'), guardAfterS: 0 })
  const database = { url: postgres.url, poolSize: 6, applicationName: 'bench', logger }
  const db = openDatabase({ ...database, statementTimeoutMs: 3_600_000 })
  try {
    await migrate(db)
    await ensureGeneration(db, samplesProjector())
    const archive = await writeArchive(join(directory, 'archive'), options)
    const frames = options.frames
    const rows = [
      await measured('read and decoded', { frames, pid: undefined }, () => decodeAll(archive)),
      await measured('archive to rows', { frames, pid: postgres.child.pid }, () => buildAll(db, archive)),
    ]
    const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}`
    printTable(
      `rebuild of ${frames} frames of ${SIMULATED_VALUES} values, seed ${options.seed}; ${machine}`,
      rows,
    )
    printJson({ bench: 'rebuild', ...options, machine, rows })
  } finally {
    await closeDatabase(db)
    await postgres.child.stop('SIGINT')
    await rm(directory, { recursive: true, force: true })
  }
}

async function writeArchive(directory: string, options: RebuildBenchOptions): Promise<ArchiveReader> {
  const [store, keys] = [directoryStore(directory), memoryKeys()]
  const writer = await openArchiveWriter({ directory, store, keys, clock, logger })
  let records: ArchivedRecord[] = []
  for (const record of recordsOf(options)) {
    records.push(record)
    if (records.length < FLUSH_RECORDS) continue
    await writer.write(records, [])
    records = []
  }
  if (records.length > 0) await writer.write(records, [])
  await writer.close()
  return openArchiveReader({ directory, store, keys })
}

function* recordsOf({ agents, frames, seed }: RebuildBenchOptions): Generator<ArchivedRecord> {
  const fleet = Array.from({ length: agents }, (_, i) => ({
    lane: new RecordedLane(agentId(i + 1)),
    host: createSimulatedHost({ seed: seed + i, periodMs: PERIOD_MS, processPeriodMs: 0 }),
  }))
  const startMs = Date.now() - Math.ceil(frames / agents) * PERIOD_MS
  for (let n = 0; n < frames; n++) {
    const { lane, host } = fleet[n % agents] ?? {}
    if (!lane || !host) return
    const atMs = startMs + Math.floor(n / agents) * PERIOD_MS
    const { subject, payload } = lane.frame(
      { receivedAtMs: atMs },
      simulatedObservation(host, atMs, PERIOD_MS),
    )
    const place = {
      tenant: 'main',
      kind: 'telemetry',
      stream: STREAM,
      position: n + 1,
      subject,
      payload,
    } as const
    yield { ...place, receivedAtMs: atMs, clockOffsetMs: 0 }
  }
}

/** Everything that has to be done before the first row: decrypted, unpacked, read as facts, observations decoded. */
async function decodeAll(archive: ArchiveReader): Promise<number> {
  let frames = 0
  for await (const { records } of archive.flushes({ kinds: ['telemetry'] }))
    for (const record of records) {
      const fact = readFact(archivedMessage(record))
      if (fact.kind !== 'frame') continue
      decodeObservations(fact.bytes)
      frames++
    }
  return frames
}

async function buildAll(db: Database, archive: ArchiveReader): Promise<number> {
  let frames = 0
  await rebuild({
    projector: samplesProjector(),
    streams: [STREAM],
    log: new MemoryLog(),
    archive,
    db,
    clock,
    logger,
    purpose: 'rebuild',
    signal: new AbortController().signal,
    onProgress: ({ taken }) => (frames = taken),
  })
  return frames
}

type Work = { readonly frames: number; readonly pid: number | undefined }

async function measured(what: string, work: Work, run: () => Promise<number>): Promise<Row> {
  const { frames, pid } = work
  const others = () => (pid === undefined ? 0 : usageOf(pid).cpuSeconds)
  const [own, other, startedMs] = [process.cpuUsage(), others(), performance.now()]
  const done = await run()
  if (done !== frames) throw new Error(`${what}: ${done} of ${frames} frames`)
  const wallSeconds = (performance.now() - startedMs) / 1_000
  const { user, system } = process.cpuUsage(own)
  const [ours, theirs] = [(user + system) / 1e6, others() - other]
  return {
    what,
    'frames/s': frames / wallSeconds,
    'frames/CPU-s (one core)': frames / (ours + theirs),
    'CPU µs/frame, ours': (ours * 1e6) / frames,
    'CPU µs/frame, PostgreSQL': (theirs * 1e6) / frames,
    'values/s': (frames * SIMULATED_VALUES) / wallSeconds,
  }
}
