// As in PostgreSQL a question is put to Loki in slices of time: it refuses ranges that are too long, and what was found in
// time is answered.

import type { Range } from '../queries/buckets.ts'
import { LogQueryRefused, type LogOrder } from '../queries/log-store.ts'
import { slicesOf, type Slice } from '../queries/slices.ts'
import { NotLoki } from './loki-answers.ts'
import { LokiAway, LokiRefusal, type AskLoki } from './loki-client.ts'

export type LokiStoreOptions = {
  readonly ask: AskLoki
  /** Monotonic. */
  readonly nowMs: () => number
  /** How long an answer may take altogether. */
  readonly withinMs?: number
}

export type Cut = { readonly range: Range; readonly order: LogOrder; readonly stepMs?: number }

/** Ends early when time is up. @throws LogQueryRefused when not even the first slice could be read */
export async function* readSlices<Answer>(
  options: LokiStoreOptions,
  { range, ...cut }: Cut,
  read: (slice: Slice) => Promise<Answer>,
): AsyncGenerator<{ readonly slice: Slice; readonly answer: Answer }> {
  let first = true
  for (const slice of slicesOf(range, { ...cut, ...options })) {
    let answer: Answer
    try {
      answer = await read(slice)
    } catch (error) {
      const refused = refusalOf(error)
      if (refused?.refusal !== 'slow' || first) throw refused ?? error
      return
    }
    first = false
    yield { slice, answer }
  }
}

function refusalOf(error: unknown): LogQueryRefused | undefined {
  if (error instanceof LokiAway)
    return error.timedOut
      ? new LogQueryRefused('slow', 'narrow the range, or name agents and sources', { cause: error })
      : new LogQueryRefused('away', 'Loki cannot be reached', { cause: error })
  if (error instanceof NotLoki)
    return new LogQueryRefused('away', 'what answers is not Loki', { cause: error })
  if (!(error instanceof LokiRefusal)) return undefined
  // All that a query has from outside but for quoted text is the regular expression.
  if (error.status === 400 && /regexp|parse error/.test(error.message))
    return new LogQueryRefused('regex', error.message, { cause: error })
  return new LogQueryRefused(error.status === 400 ? 'slow' : 'away', `Loki refuses: ${error.message}`, {
    cause: error,
  })
}
