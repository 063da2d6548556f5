// What an answer, or the lack of one, means for the message. One table for all services; what a service says in its
// own way it reads itself.

import { Rejected } from '@secumon/domain/rejected'
import { z } from 'zod'
import type { Outcome } from '../notifier.ts'
import { TargetForbidden } from './guarded-lookup.ts'
import { jsonOf, type Answer } from './http-request.ts'
import { redacted } from './redact.ts'
import { retryAfterMs } from './retry-after.ts'

export type Judging = {
  /** Hidden in what is told. */
  readonly secrets: Iterable<string>
  readonly nowMs: number
}

// 408 and 425 ask for another try in so many words.
const TRY_AGAIN = [408, 425, 429]

/** 2xx: delivered; 429 and 5xx: later; anything else is a refusal, with the service's own words. */
export function outcomeOf(answer: Answer, { secrets, nowMs }: Judging): Outcome {
  const { status } = answer
  const said = redacted(`${status} ${saidBy(answer)}`, secrets)
  if (status >= 200 && status < 300) return { outcome: 'delivered', answer: said }
  if (status >= 300 && status < 400)
    return {
      outcome: 'refused',
      reason: redacted(`${status}: it points elsewhere, which is not followed`, secrets),
    }
  if (!TRY_AGAIN.includes(status) && status < 500) return { outcome: 'refused', reason: said }
  const afterMs = retryAfterMs(answer.header('retry-after'), nowMs)
  return { outcome: 'retry', reason: said, ...(afterMs !== undefined && { retryAfterMs: afterMs }) }
}

/** A connection that failed may succeed later; a target that is forbidden, or a setting that is wrong, stays so. */
export function outcomeOfFault(fault: unknown, { secrets }: Pick<Judging, 'secrets'>): Outcome {
  const reason = redacted(wordsOf(fault), secrets)
  const final = FINAL.some((kind) => fault instanceof kind)
  return final ? { outcome: 'refused', reason } : { outcome: 'retry', reason }
}

// What we may not do, and what the channel itself makes impossible: the next attempt meets the same.
const FINAL = [TargetForbidden, Rejected, z.ZodError, TypeError]

function wordsOf(fault: unknown): string {
  if (!(fault instanceof Error)) return 'it failed'
  if (fault instanceof z.ZodError)
    return fault.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  if (fault.name === 'TimeoutError') return 'no answer in time'
  if (fault.name === 'AbortError') return 'it was stopped before there was an answer'
  // Happy eyeballs: each address has its own fault, and the whole has no words.
  if (fault instanceof AggregateError && fault.message === '') return fault.errors.map(wordsOf).join('; ')
  // Node.js adds advice for who runs it.
  return fault.message.replace(/; if the root CA is installed locally.*/, '')
}

/** Members of an answer in JSON in which services say what was wrong. */
const WORDS = ['message', 'description', 'error', 'error_description', 'title', 'detail', 'status']

/** The words in an answer's body; none of a page in HTML. */
function saidBy(answer: Answer): string {
  const parsed = jsonOf(answer)
  if (parsed === undefined) return /^\s*</.test(answer.body) ? '' : answer.body
  if (typeof parsed !== 'object' || parsed === null) return answer.body
  return [...WORDS, 'errors'].flatMap((name) => textOf(Reflect.get(parsed, name))).join(': ')
}

function textOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) || (typeof value === 'object' && value !== null) ? [JSON.stringify(value)] : []
}
