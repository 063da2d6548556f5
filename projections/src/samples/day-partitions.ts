// The days of the sample tables that exist. Where the tables are partitioned by us, a day is made when a row of it
// arrives: late data gets its own partition, and never another's.

import { createPartition, DAY_MS, listPartitions, NO_PARTITION } from '@secumon/migrations/partitions'
import pg from 'pg'
import type { AfterCommit, GenerationTx } from '../projector.ts'

type Days = Map<string, Set<number>>

export type DayPartitions = {
  /** Makes what is missing; call the returned function once the transaction is committed. */
  ensure(tx: GenerationTx, schema: string, days: ReadonlySet<number>): Promise<AfterCommit>
  /** Somebody else may have dropped days: ask the database again. */
  forget(): void
}

/** True of what a write throws whose day was dropped meanwhile: tried again, it makes the day anew. */
export const missesItsDay = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === NO_PARTITION && error.constraint === undefined

/** Which day a moment belongs to. */
export const dayOfMs = (ms: number): number => Math.floor(ms / DAY_MS)

export function dayPartitions(): DayPartitions {
  let known: Days | undefined

  async function ensure(tx: GenerationTx, schema: string, days: ReadonlySet<number>): Promise<AfterCommit> {
    const held = known ?? (await load(tx, schema))
    const made: Days = new Map()
    for (const [table, existing] of held) {
      const missing = [...days].filter((day) => !existing.has(day))
      for (const day of missing) await createPartition(tx, { schema, table, day })
      made.set(table, new Set([...existing, ...missing]))
    }
    return () => (known = made)
  }

  return { ensure, forget: () => (known = undefined) }
}

async function load(tx: GenerationTx, schema: string): Promise<Days> {
  const partitions = await listPartitions(tx, schema)
  return new Map([...partitions].map(([table, days]) => [table, new Set(days)]))
}
