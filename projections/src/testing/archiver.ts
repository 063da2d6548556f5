// An archiver on a real log, database and directory, for tests; and the law it is held to.

import { readDurableNotice, type DurableLane } from '@secumon/contracts/durable'
import { durableSubject, EVENTS_STREAM, laneStream } from '@secumon/contracts/subjects'
import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import { openArchiveWriter } from '@secumon/infra/archive/archive-writer'
import type { ArchivedLeaf, ArchiveKeys, ArchiveWriter } from '@secumon/infra/archive/archive'
import { directoryStore } from '@secumon/infra/archive/local-store'
import type { Database } from '@secumon/infra/database/database'
import type { NatsEventLog } from '@secumon/infra/eventlog/connect-event-log'
import { memoryKeys } from '@secumon/infra/testing/memory-keys'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { startArchiver, type Archiver, type ArchiverOptions } from '../archive/archive-loop.ts'
import { systemClock } from './loop.ts'
import type { Appended } from './memory-log.ts'

export type ArchivePlace = { readonly directory: string; readonly keys: ArchiveKeys }

export const archivePlace = (directory: string): ArchivePlace => ({ directory, keys: memoryKeys() })

export type TestArchiverOptions = Partial<Omit<ArchiverOptions, 'log' | 'db' | 'openWriter'>> & {
  readonly log: NatsEventLog
  readonly db: Database
  readonly place: ArchivePlace
  /** Stands between the archiver and its writer. */
  readonly faults?: (writer: ArchiveWriter) => ArchiveWriter
}

export type TestArchiver = Archiver & { readonly registry: Registry; counted(name: string): Promise<number> }

const LINGER_MS = 5

/** Starts an archiver; stop it before the test ends. */
export function testArchiver({ place, faults, ...options }: TestArchiverOptions): TestArchiver {
  const registry = new Registry()
  const logger = options.logger ?? pino({ level: 'silent' })
  const { directory, keys } = place
  const openWriter = async (committedFlush: number) => {
    const [store, clock] = [directoryStore(directory), systemClock]
    const writer = await openArchiveWriter({ directory, store, keys, clock, logger, committedFlush })
    return faults?.(writer) ?? writer
  }
  const limits = { lingerMs: LINGER_MS, ...options.limits }
  const common = { shards: 1, clock: systemClock, logger, registry, keys }
  const archiver = startArchiver({ ...common, ...options, limits, openWriter })
  return {
    ...archiver,
    registry,
    async counted(name) {
      const metric = await registry.getSingleMetric(`secumon_archive_${name}`)?.get()
      return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0
    },
  }
}

/** Everything that is archived, in the order of the log. */
export async function archivedLeaves({ directory, keys }: ArchivePlace): Promise<ArchivedLeaf[]> {
  const reader = openArchiveReader({ directory, store: directoryStore(directory), keys })
  const leaves: ArchivedLeaf[] = []
  for await (const { records } of reader.flushes({ kinds: ['telemetry', 'logs', 'events'] }))
    leaves.push(...records)
  return leaves
}

/** Payloads by subject, in order. */
export function bySubject(
  records: readonly { readonly subject: string; readonly payload: Uint8Array }[],
): Record<string, string[]> {
  const subjects: Record<string, string[]> = {}
  for (const { subject, payload } of records)
    (subjects[subject] ??= []).push(Buffer.from(payload).toString('base64'))
  return subjects
}

/** The law: what was appended is archived, each record once, each subject's in order; and leaves are numbered gaplessly. */
export async function assertArchived(place: ArchivePlace, appended: readonly Appended[]): Promise<void> {
  const leaves = await archivedLeaves(place)
  assert.deepEqual(bySubject(leaves), bySubject(appended))
  for (const its of Map.groupBy(leaves, ({ tenant }) => tenant).values())
    assert.deepEqual(
      its.map(({ leaf }) => leaf).toSorted((a, b) => a - b),
      its.map((_, i) => i),
    )
}

const PATIENCE_MS = 20_000

/** Waits for a fact. @throws Error saying what did not come true */
export async function eventually(what: string, fact: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await fact())) {
    if (performance.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`)
    await delay(10)
  }
}

/** Waits until checkpoints of the archive stand at the ends of all streams of shard 0. */
export async function archivedAll(db: Database, log: NatsEventLog): Promise<void> {
  await eventually('everything is archived', async () => {
    const rows = await db
      .selectFrom('secumon.checkpoints')
      .select(['stream', 'position'])
      .where('projection', '=', 'archive')
      .execute()
    const positions = new Map(rows.map(({ stream, position }) => [stream, position]))
    const streams = [EVENTS_STREAM, laneStream('telemetry', 0), laneStream('logs', 0)]
    const bounds = await Promise.all(streams.map((stream) => log.bounds(stream)))
    return streams.every((stream, i) => positions.get(stream) === bounds[i]?.last)
  })
}

/** Every lane of shard 0 that is announced from now on. */
export function announcements(log: NatsEventLog): DurableLane[] {
  const heard: DurableLane[] = []
  log.subscribeLive(durableSubject(0), (notice) => heard.push(...readDurableNotice(notice)))
  return heard
}

/** What the database knows of the archive is gone, as after its restore from before the archiver first ran. */
export async function forgetArchive(db: Database): Promise<void> {
  for (const table of [
    'checkpoints',
    'agent_position',
    'aggregate_position',
    'dead_letters',
    'platform_holes',
  ] as const)
    await db.deleteFrom(`secumon.${table}`).where('projection', '=', 'archive').execute()
  await db.deleteFrom('secumon.archive_progress').execute()
}

export async function appendAll(log: NatsEventLog, messages: readonly Appended[]): Promise<void> {
  const outcomes = await Promise.all(
    messages.map(({ subject, payload, headers }) => log.append(subject, payload, headers ? { headers } : {})),
  )
  for (const { outcome } of outcomes) assert.equal(outcome, 'appended')
}

/** What an operator or a network does that cuts the working archiver off its database. */
export async function killArchiversConnection(db: Database): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_locks
    join pg_stat_activity using (pid)
    where locktype = 'advisory' and datname = current_database() and pid <> pg_backend_pid()`.execute(db)
}

type Write = ReturnType<ArchiveWriter['write']>

/** The writer, with something between it and those who write. */
export const intercepted = (writer: ArchiveWriter, write: (inner: () => Write) => Write): ArchiveWriter => ({
  get flush() {
    return writer.flush
  },
  headsSince: (flush) => writer.headsSince(flush),
  leaves: (tenant) => writer.leaves(tenant),
  write: (records, marks) => write(() => writer.write(records, marks)),
  discard: () => writer.discard(),
  sealDue: () => writer.sealDue(),
  sealAll: () => writer.sealAll(),
  close: () => writer.close(),
})
