// How long a tenant keeps what: the form, what is wrong with it, and what it would delete.

import type { Retention, RetentionDays, RetentionKind } from '../lib/storage-types.ts'

const DAY_MS = 86_400_000

/** The finer before the coarser; logs stand alone. */
export const RETENTION_KINDS = [
  'raw',
  'rollup_5min',
  'rollup_1hour',
  'logs',
] as const satisfies RetentionKind[]

/** As the inputs hold it: null or undefined where one is empty. */
export type RetentionForm = Record<RetentionKind, number | null | undefined>

export const daysOf = (form: RetentionForm): RetentionDays => ({
  raw: form.raw ?? null,
  rollup_5min: form.rollup_5min ?? null,
  rollup_1hour: form.rollup_1hour ?? null,
  logs: form.logs ?? null,
})

/** Days that it comes to. */
export const keptDays = (days: RetentionDays, kind: RetentionKind, { platform }: Limits): number =>
  days[kind] ?? platform[kind]

type Limits = Pick<Retention, 'platform' | 'fewest_raw_days'>

/** What is wrong with the days of a kind. */
export type RetentionFault =
  | { readonly kind: 'not-whole' }
  | { readonly kind: 'too-many'; readonly most: number }
  | { readonly kind: 'too-few'; readonly fewest: number }
  | { readonly kind: 'less-than-finer'; readonly finer: RetentionKind }

/** As the server would refuse it; undefined where it would not. */
export function retentionFault(
  days: RetentionDays,
  kind: RetentionKind,
  limits: Limits,
): RetentionFault | undefined {
  const wanted = keptDays(days, kind, limits)
  if (!Number.isInteger(wanted) || wanted < 1) return { kind: 'not-whole' }
  const most = limits.platform[kind]
  if (wanted > most) return { kind: 'too-many', most }
  if (kind === 'raw' && wanted < limits.fewest_raw_days)
    return { kind: 'too-few', fewest: limits.fewest_raw_days }
  const finer = FINER[kind]
  return finer && wanted < keptDays(days, finer, limits) ? { kind: 'less-than-finer', finer } : undefined
}

const FINER: Readonly<Partial<Record<RetentionKind, RetentionKind>>> = {
  rollup_5min: 'raw',
  rollup_1hour: 'rollup_5min',
}

/** What a change deletes of a kind: everything before a day's beginning (UTC). */
export type Deletion = {
  readonly kind: RetentionKind
  readonly beforeMs: number
  /** Of the oldest that there is; null: not known. */
  readonly sinceMs: number | null
}

export type RetentionChange = { readonly from: RetentionDays; readonly to: RetentionDays }

/**
 * What goes with the next retention because of a change; of what is not kept for less, nothing. Where nobody knows since
 * when there is any, all of it may go.
 */
export function deletionsOf({ from, to }: RetentionChange, retention: Retention, nowMs: number): Deletion[] {
  const day = Math.floor(Math.max(retention.runs_at ?? nowMs, nowMs) / DAY_MS)
  return RETENTION_KINDS.flatMap((kind) => {
    const days = keptDays(to, kind, retention)
    const beforeMs = (day - days) * DAY_MS
    const isUnknown = retention.unknown.includes(kind)
    const sinceMs = isUnknown ? null : retention.begins[kind]
    const isLess = days < keptDays(from, kind, retention)
    const isThere = isUnknown || (sinceMs !== null && sinceMs < beforeMs)
    return isLess && isThere ? [{ kind, beforeMs, sinceMs }] : []
  })
}

export type PendingChange = {
  /** By which nothing is deleted that was kept until then; what is kept for longer since stays so. */
  readonly back: RetentionDays
  readonly deletions: readonly Deletion[]
}

/** What was changed, where its night has not come and something is deleted then: it can be taken back. */
export function pendingChange(retention: Retention, nowMs: number): PendingChange | undefined {
  const { changed, kept, runs_at: runsAtMs } = retention
  if (!changed || (runsAtMs !== null && changed.at < runsAtMs - DAY_MS)) return undefined
  const { before } = changed
  const deletions = deletionsOf({ from: before, to: kept }, retention, nowMs)
  if (deletions.length === 0) return undefined
  const longer = (kind: RetentionKind): number | null =>
    keptDays(before, kind, retention) > keptDays(kept, kind, retention) ? before[kind] : kept[kind]
  const back = {
    raw: longer('raw'),
    rollup_5min: longer('rollup_5min'),
    rollup_1hour: longer('rollup_1hour'),
    logs: longer('logs'),
  }
  return { back, deletions }
}
