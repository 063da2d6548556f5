// What a mail server's replies mean (RFC 5321, 4.2.1): 4xx may succeed later, 5xx never will.

import type { SMTPSentMessageInfo } from 'nodemailer'
import type { Outcome } from '../notifier.ts'
import { outcomeOfFault } from '../outgoing/outcome-of.ts'
import { redacted } from '../outgoing/redact.ts'

/** Some took it: delivered, and those that did not are named. */
export function mailOutcome(
  { response, rejected, rejectedErrors = [] }: SMTPSentMessageInfo,
  hidden: readonly string[],
): Outcome {
  const why = rejectedErrors.map(({ response: said, message }) => said ?? message).join('; ')
  const notTo = rejected.length === 0 ? '' : `; not to ${rejected.join(', ')}: ${why}`
  return { outcome: 'delivered', answer: redacted(`${response}${notTo}`, hidden) }
}

/** Of a server that said no, or of a connection that failed. */
export function mailOutcomeOfFault(fault: unknown, hidden: readonly string[]): Outcome {
  const outcome = outcomeOfFault(fault, { secrets: hidden })
  if (outcome.outcome !== 'retry') return outcome
  const codes = repliesOf(fault)
  const final = codes.length > 0 && codes.every((code) => code >= 500)
  return final ? { outcome: 'refused', reason: outcome.reason } : outcome
}

// When every recipient is rejected, each has its own reply, and one of them may be for later.
function repliesOf(fault: unknown): number[] {
  if (!(fault instanceof Error)) return []
  const { code, responseCode, rejectedErrors } = fault as Fault
  // A server that has no encryption today is not one that does not want the mail.
  if (code === 'ETLS') return []
  const inner = Array.isArray(rejectedErrors) ? rejectedErrors.flatMap(repliesOf) : []
  return inner.length > 0 ? inner : typeof responseCode === 'number' ? [responseCode] : []
}

type Fault = { readonly code?: unknown; readonly responseCode?: unknown; readonly rejectedErrors?: unknown }
