// What follows from Loki's refusal of a request: https://grafana.com/docs/loki/latest/operations/request-validation-rate-limits/

import { LokiAway, LokiRefusal } from './loki-client.ts'

/**
 * `wait`: the same again later. `halve`: later, and less at once. `ignored`: some lines are too old, or too young, for
 * good; the rest was taken. `streams`, `lines`: some streams or lines are refused for good: which, shows when they are
 * sent apart. `us`: it is a matter of configuration.
 */
export type Verdict = 'wait' | 'halve' | 'ignored' | 'streams' | 'lines' | 'us'

const TIMES = /too far behind|timestamp too old|timestamp too new|out of order/i
/** Holds for as long as the others are active: hours. */
const STREAM_LIMIT = /active stream limit/i
/** A limit that is shared may let us through next time. */
const STREAM_TRIES = 3
/** A request may be larger than what is ever taken at once. */
const WHOLE_TRIES = 3

/** @param tries how often it was refused. @throws the error where it says nothing */
export function verdictOf(error: unknown, tries: number): Verdict {
  if (error instanceof LokiAway) return 'wait'
  if (!(error instanceof LokiRefusal)) throw error
  const { status, message } = error
  if (status === 429 && STREAM_LIMIT.test(message)) return tries < STREAM_TRIES ? 'wait' : 'streams'
  if (status === 429) return tries < WHOLE_TRIES ? 'wait' : 'halve'
  if (status >= 500) return 'wait'
  if ([260, 401, 403, 404].includes(status)) return 'us'
  return status === 400 && TIMES.test(message) ? 'ignored' : 'lines'
}

/** How many lines were ignored, of so many; a Loki that does not say it ignored one. */
export function ignoredOf(message: string, sent: number): number {
  const total = /total ignored: (\d+)/.exec(message)?.[1]
  const like = [...message.matchAll(/(\d+) errors like/g)].reduce((sum, [, count]) => sum + Number(count), 0)
  return Math.min(sent, total === undefined ? Math.max(1, like) : Number(total))
}
