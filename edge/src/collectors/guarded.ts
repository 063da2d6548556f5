// Asks a collector so that neither its exception nor its silence can reach the tick.

import type { Collector, Moment, Reading } from './collector.ts'

const MAX_MESSAGE_LENGTH = 300

/** Wraps a collector: an exception, a timeout or a question still unanswered becomes a fault in its reading. */
export function guarded(collector: Collector, timeoutMs: number): (moment: Moment) => Promise<Reading> {
  let busy = false
  return async (moment) => {
    if (busy) return fault('has not answered yet')
    try {
      const answer = collector.collect(moment)
      if (!(answer instanceof Promise)) return answer
      busy = true
      const settled = answer.finally(() => (busy = false))
      return await within(settled, timeoutMs)
    } catch (error) {
      return fault(error instanceof Error ? error.message : String(error))
    }
  }
}

const fault = (message: string): Reading => ({ faults: [message.slice(0, MAX_MESSAGE_LENGTH)] })

/** Rejects with a sentence when the answer takes longer; a later rejection of the answer is then of no interest. */
export async function within<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`did not answer within ${timeoutMs} ms`)), timeoutMs)
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
