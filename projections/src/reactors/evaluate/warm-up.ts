// What is read without a decision when a shard's state is lost: so much that every rule's window is full again after it. The
// newest; or where the log let go of what was not judged, what it still holds from there on, and the rest is judged.

import type { RuleSpec } from '@secumon/contracts/gen/rule'
import { LONGEST_PERIOD_MS } from '@secumon/contracts/sampling'
import type { RuleSet } from '@secumon/domain/evaluation/rule-set'
import { widened } from '@secumon/domain/evaluation/sliding-window'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import { storedAtMs } from '@secumon/infra/eventlog/stored-at'

const SHORTEST_MS = 15 * 60_000
const LONGEST_MS = 24 * 3_600_000

/** How far back the samples reach that the rules look at, ms. */
export function reachMs({ rules }: RuleSet): number {
  const reaches = rules.map(({ spec }) => {
    const { condition, durationMs, keepFiringMs, noData } = spec
    return longestWindowMs(condition) + durationMs + Math.max(keepFiringMs, noData?.afterMs ?? 0)
  })
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ...reaches))
}

// Of the agent that measures the most seldom.
function longestWindowMs({ case: kind, value }: RuleSpec['condition']): number {
  if (kind !== 'metric' && kind !== 'forecast') return 0
  const aggregation = kind === 'metric' ? value.aggregation : kind
  return widened({ aggregation, windowMs: value.windowMs, horizonMs: 0 }, LONGEST_PERIOD_MS).windowMs
}

type Held = Pick<EventLog, 'bounds' | 'messageAt'>

/** Both included. */
export type Stretch = { readonly first: number; readonly last: number }

/** The newest messages, as far back as the rules look. */
export const newestStretch = async (log: Held, stream: string, sinceMs: number): Promise<Stretch> => ({
  first: await positionAt(log, stream, sinceMs),
  last: (await log.bounds(stream)).last,
})

/** The oldest that are held, for as long as the rules look back. */
export async function oldestStretch(log: Held, stream: string, reach: number): Promise<Stretch> {
  const { first, last } = await log.bounds(stream)
  const oldest = await log.messageAt(stream, first)
  const sinceMs = oldest && storedAtMs(oldest)
  return { first, last: sinceMs === undefined ? last : (await positionAt(log, stream, sinceMs + reach)) - 1 }
}

/** The first position of the stream that was stored at or after the time. */
async function positionAt(log: Held, stream: string, atMs: number): Promise<number> {
  const { first, last } = await log.bounds(stream)
  let low = first
  let high = last + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const message = await log.messageAt(stream, middle)
    const storedMs = message && storedAtMs(message)
    if (storedMs !== undefined && storedMs >= atMs) high = middle
    else low = middle + 1
  }
  return low
}
