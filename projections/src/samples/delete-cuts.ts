// What a job deletes once a day is deleted once, also where the job comes again every minute because something else has to
// wait. Only the process remembers: one that has just begun deletes all of it, whatever one before it was killed in.

import type { Database } from '@secumon/infra/database/database'
import { DAY_MS } from '@secumon/migrations/partitions'
import { settledMs, type JobContext } from '../storage/storage-job.ts'
import { deleteRows, type Cut, type RelationName } from './delete-rows.ts'

export type TenantCut = Cut & { readonly tenant: string }

const doneIn = new WeakMap<Database, Map<string, string>>()

/** Deletes what has not been deleted today; returns how many rows there were. */
export async function deleteCuts(
  context: JobContext,
  { schema, table }: RelationName,
  cuts: readonly TenantCut[],
): Promise<number> {
  const { db, signal } = context
  const done = doneIn.get(db) ?? new Map<string, string>()
  doneIn.set(db, done)
  const today = Math.floor(settledMs(context) / DAY_MS)
  const each = cuts.map((cut) => ({
    cut,
    key: `${schema}.${table}/${cut.tenant}`,
    now: `${today}/${cut.beforeMs}`,
  }))
  const left = each.filter(({ key, now }) => done.get(key) !== now)
  const removed = await deleteRows(db, { schema, table, cuts: left.map(({ cut }) => cut), signal })
  for (const { key, now } of left) done.set(key, now)
  return removed
}

/** The job has done all there was: when it comes again it begins anew. */
export const allDeleted = ({ db }: Pick<JobContext, 'db'>): boolean => doneIn.delete(db)
