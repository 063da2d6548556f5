// Where to begin when a shard's state is lost: so far back that every rule's window is full again when the newest
// messages are judged.

import type { RuleSet } from '@secumon/domain/evaluation/rule-set'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import { storedAtMs } from '@secumon/infra/eventlog/stored-at'

const SHORTEST_MS = 15 * 60_000
const LONGEST_MS = 24 * 3_600_000

/** How far back the samples reach that the rules look at, ms. */
export function reachMs({ rules }: RuleSet): number {
  const reaches = rules.map(({ spec }) => {
    const { condition, durationMs, keepFiringMs, noData } = spec
    const windowMs =
      condition.case === 'metric' || condition.case === 'forecast' ? condition.value.windowMs : 0
    return windowMs + durationMs + Math.max(keepFiringMs, noData?.afterMs ?? 0)
  })
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ...reaches))
}

type Held = Pick<EventLog, 'bounds' | 'messageAt'>

/** The first position of the stream that was stored at or after the time. */
export async function positionAt(log: Held, stream: string, atMs: number): Promise<number> {
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
