// What the tests of the loop share: a migrated database and a projector that writes down what it was given.

import { closeDatabase, openDatabase, type Database } from '@secumon/infra/database/database'
import { testPostgres, type Scope } from '@secumon/infra/testing/servers'
import { migrate } from '@secumon/migrations/migrate'
import { sql } from 'kysely'
import { pino } from 'pino'
import type { Fact, FrameFact, GenerationTx, Projector } from '../projector.ts'
import type { Appended } from './memory-log.ts'
import type { RecordedLane } from './recorded.ts'

export const STREAM = 'TELEMETRY_0'
/** When everything arrives. */
export const T0 = Date.UTC(2026, 5, 1)
/** An observation with this period makes the recorder's statement fail. */
export const POISON_PERIOD = 13

/** A migrated database that ends with the test file. */
export async function testDatabase(scope: Scope): Promise<Database> {
  let db: Database | undefined
  scope.after(async () => db && closeDatabase(db))
  const { url } = await testPostgres(scope)
  db = openDatabase({
    url,
    poolSize: 8,
    applicationName: 'projections-test',
    logger: pino({ level: 'silent' }),
  })
  await migrate(db)
  await sql`create table public.seen (n serial, projection text, agent text, sequence bigint)`.execute(db)
  return db
}

/** Writes the agent and sequence of each frame. */
export function recorder(name: string, project: Partial<Projector> = {}): Projector {
  return {
    name,
    version: 1,
    feeds: ['telemetry'],
    sink: 'sql',
    async project(batch, tx) {
      await insertSeen(name, batch, tx)
      return undefined
    },
    ...project,
  }
}

export async function insertSeen(name: string, batch: readonly Fact[], tx: GenerationTx): Promise<void> {
  const frames = batch.filter((fact): fact is FrameFact => fact.kind === 'frame')
  for (const frame of frames)
    if (frame.observations()[0]?.periodMs === POISON_PERIOD) await sql`select 1 / 0`.execute(tx)
  if (frames.length > 0)
    await sql`insert into public.seen (projection, agent, sequence) select ${name}, * from unnest(
      ${frames.map(({ header }) => header.agent)}::text[], ${frames.map(({ header }) => header.sequence)}::bigint[])`.execute(
      tx,
    )
}

/** What a recorder wrote, in order. */
export async function seenBy(db: Database, name: string): Promise<[agent: string, sequence: number][]> {
  const { rows } = await sql<{ agent: string; sequence: number }>`
    select agent, sequence from public.seen where projection = ${name} order by n`.execute(db)
  return rows.map(({ agent, sequence }) => [agent, sequence])
}

export const frames = (lane: RecordedLane, count: number, periodMs = 10_000): Appended[] =>
  Array.from({ length: count }, () => lane.frame({ receivedAtMs: T0 }, { periodMs }))

export const sequences = (lane: RecordedLane, from: number, to: number): [string, number][] =>
  Array.from({ length: to - from + 1 }, (_, i) => [lane.agent, from + i])
