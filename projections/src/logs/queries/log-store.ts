// What can be asked of logs, wherever they are stored: PostgreSQL or Loki. Both are held to one contract suite.

import type { LogSeverityName } from '@secumon/contracts/log-severity'
import type { TenantScope } from '../../tenant-scope.ts'
import type { LogLine } from './log-line.ts'

/** What lines have in common, by its values. */
export type LineValues = {
  /** ULIDs. */
  readonly agents?: readonly string[]
  readonly sources?: readonly string[]
  readonly units?: readonly string[]
  /** Numbers of `LOG_SEVERITIES`. */
  readonly severities?: readonly number[]
}

/** Which lines, whenever they were written: of these values; absent: of all. */
export type LineFilter = LineValues & {
  /** Of none of these. Lines without a unit are without each. */
  readonly without?: LineValues
  /** Part of the message, upper and lower case alike, taken literally. */
  readonly text?: string
  /** Parts of the message, each taken like `text`, all of them, in any order. */
  readonly words?: readonly string[]
  /** Matches somewhere in the message; in the store's own dialect. */
  readonly regex?: string
}

export type LogFilter = LineFilter & {
  readonly fromMs: number
  /** Not included. */
  readonly toMs: number
}

export type LogOrder = 'newest' | 'oldest'

export type LogSearch = LogFilter & {
  readonly order: LogOrder
  readonly limit: number
  /** Goes on behind this place. */
  readonly after?: LogCursor
}

/** A moment, or a line at that moment. Places are where lines lie, so that late arrivals move none. */
export type LogCursor = { readonly atMs: number; readonly id?: string }

export type LogPage = {
  lines: LogLine[]
  /** Undefined: nothing follows in the range. */
  next: LogCursor | undefined
  /** Time was up before the page was full. */
  partial: boolean
}

export type LogCounts = {
  times: number[]
  step: number
  /** The worst first; null: not counted any more. */
  series: { severity: LogSeverityName; counts: (number | null)[] }[]
  partial: boolean
}

export type Facet = { value: string; count: number }[]

export type LogFacets = {
  agents: Facet
  sources: Facet
  units: Facet
  severities: { value: LogSeverityName; count: number }[]
  /** Where counting ended when time was up: the range's begin otherwise. */
  countedFromMs: number
  /** Time was up before the range's begin; or there are so many values that rare ones may be missing. */
  partial: boolean
}

export type LogStore = {
  /** Pages are complete: every line that was there all the time comes exactly once. @throws LogQueryRefused */
  search(scope: TenantScope, search: LogSearch): Promise<LogPage>
  /** @param buckets at most @throws LogQueryRefused */
  histogram(scope: TenantScope, filter: LogFilter, buckets: number): Promise<LogCounts>
  /** The 50 values with the most lines each. @throws LogQueryRefused */
  facets(scope: TenantScope, filter: LogFilter): Promise<LogFacets>
}

/** `regex`: not understood. `slow`: not answered in time, not even in part. `away`: the store cannot be reached. */
export type LogRefusal = 'regex' | 'slow' | 'away'

/** A question that the store does not answer; the message says what to do. */
export class LogQueryRefused extends Error {
  override readonly name = 'LogQueryRefused'
  readonly refusal: LogRefusal

  constructor(refusal: LogRefusal, message: string, options?: ErrorOptions) {
    super(message, options)
    this.refusal = refusal
  }
}

export const MOST_FACETS = 50
