// What surrounds a line: the lines of the same agent and source before and after it. Made of searches alone, so that it
// is the same wherever logs are stored.

import type { TenantScope } from '../../tenant-scope.ts'
import { linePlace, type LogLine } from './log-line.ts'
import type { LogSearch, LogStore } from './log-store.ts'

export type ContextAsked = {
  readonly id: string
  /** Of the line. */
  readonly atMs: number
  /** Lines at most. */
  readonly before: number
  readonly after: number
}

export type LogContext = { before: LogLine[]; line: LogLine; after: LogLine[] }

/** Neighbours are looked for no further away. */
const REACH_MS = 7 * 24 * 3_600_000
/** Lines of one moment that are looked through for the one that is asked for. */
const PAGE = 1_000

/** Undefined when there is no such line at that time. @throws LogQueryRefused */
export async function contextOf(
  store: LogStore,
  scope: TenantScope,
  asked: ContextAsked,
): Promise<LogContext | undefined> {
  const line = await findLine(store, scope, asked)
  if (!line) return undefined
  const neighbours = async (order: LogSearch['order'], limit: number): Promise<LogLine[]> =>
    limit === 0 ? [] : (await store.search(scope, { ...around(line), order, limit })).lines
  const before = await neighbours('newest', asked.before)
  return { before: before.toReversed(), line, after: await neighbours('oldest', asked.after) }
}

const around = ({ agent, source, time, id }: LogLine) => ({
  agents: [agent],
  sources: [source],
  fromMs: time - REACH_MS,
  toMs: time + REACH_MS,
  after: { atMs: time, id },
})

async function findLine(store: LogStore, scope: TenantScope, { id, atMs }: ContextAsked) {
  const agent = linePlace(id)?.agent
  if (agent === undefined) return undefined
  const moment = { agents: [agent], fromMs: atMs, toMs: atMs + 1, order: 'oldest', limit: PAGE } as const
  let page = await store.search(scope, moment)
  for (;;) {
    const found = page.lines.find((line) => line.id === id)
    if (found || !page.next) return found
    page = await store.search(scope, { ...moment, after: page.next })
  }
}
