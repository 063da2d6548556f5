// What surrounds a line: the lines of the same agent and source before and after it. Made of searches alone, so that it
// is the same wherever logs are stored.

import type { TenantScope } from '../../tenant-scope.ts'
import { linePlace, type LogLine } from './log-line.ts'
import { LogQueryRefused, type LogOrder, type LogStore } from './log-store.ts'

export type ContextAsked = {
  readonly id: string
  /** Of the line. */
  readonly atMs: number
  /** Lines at most. */
  readonly before: number
  readonly after: number
}

export type LogContext = {
  before: LogLine[]
  line: LogLine
  after: LogLine[]
  /** Neighbours were looked for from here to there: as far as is allowed, as there was time for, or as were wanted. */
  fromMs: number
  toMs: number
}

/** Neighbours are looked for no further away. */
const REACH_MS = 24 * 3_600_000
/** Lines of one moment that are looked through for the one that is asked for. */
const PAGE = 1_000
const MOST_PAGES = 20

/** Undefined when there is no such line at that time. @throws LogQueryRefused */
export async function contextOf(
  store: LogStore,
  scope: TenantScope,
  asked: ContextAsked,
): Promise<LogContext | undefined> {
  const line = await findLine(store, scope, asked)
  if (!line) return undefined
  const beside = (order: LogOrder, limit: number) => neighbours(store, scope, { line, order, limit })
  const before = await beside('newest', asked.before)
  const after = await beside('oldest', asked.after)
  return {
    before: before.lines.toReversed(),
    line,
    after: after.lines,
    fromMs: before.reachedMs,
    toMs: after.reachedMs,
  }
}

type Beside = { readonly line: LogLine; readonly order: LogOrder; readonly limit: number }

async function neighbours(store: LogStore, scope: TenantScope, { line, order, limit }: Beside) {
  if (limit === 0) return { lines: [], reachedMs: line.time }
  const { agent, source, time, id } = line
  const range = { fromMs: time - REACH_MS, toMs: time + REACH_MS }
  const of = { agents: [agent], sources: [source], after: { atMs: time, id } }
  const { lines, next } = await store.search(scope, { ...range, ...of, order, limit })
  return { lines, reachedMs: next?.atMs ?? (order === 'newest' ? range.fromMs : range.toMs) }
}

async function findLine(store: LogStore, scope: TenantScope, { id, atMs }: ContextAsked) {
  const agent = linePlace(id)?.agent
  if (agent === undefined) return undefined
  const moment = { agents: [agent], fromMs: atMs, toMs: atMs + 1, order: 'oldest', limit: PAGE } as const
  let page = await store.search(scope, moment)
  for (let pages = 1; ; pages++) {
    const found = page.lines.find((line) => line.id === id)
    if (found || !page.next) return found
    if (pages === MOST_PAGES)
      throw new LogQueryRefused('slow', `its agent has more than ${MOST_PAGES * PAGE} lines of that moment`)
    page = await store.search(scope, { ...moment, after: page.next })
  }
}
