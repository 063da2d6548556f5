// What a mail server's replies mean (RFC 5321, 4.2.1): 4xx may succeed later, 5xx never will. A mail is delivered once each
// of its recipients has taken it or never will.

import type { SMTPSentMessageInfo } from 'nodemailer'
import type { Outcome } from '../notifier.ts'
import { outcomeOfFault } from '../outgoing/outcome-of.ts'
import { redacted } from '../outgoing/redact.ts'

/** Some took it: those that did not are named, and tried again where they may take it later. */
export function mailOutcome(
  { response, accepted, rejectedErrors = [] }: SMTPSentMessageInfo,
  hidden: readonly string[],
): Outcome {
  const said = redacted([response, ...rejectedErrors.map(notTo)].join('; '), hidden)
  return rejectedErrors.every(isFinal)
    ? { outcome: 'delivered', answer: said }
    : { outcome: 'retry', reason: said, accepted }
}

type Judging = {
  readonly hidden: readonly string[]
  /** Others took it before: what is refused now is no end of it. */
  readonly isPartlyTaken: boolean
}

/** Of a server that said no, or of a connection that failed. */
export function mailOutcomeOfFault(fault: unknown, { hidden, isPartlyTaken }: Judging): Outcome {
  const outcome = outcomeOfFault(fault, { secrets: hidden })
  if (outcome.outcome !== 'retry') return outcome
  const rejected = rejectionsOf(fault)
  const replies = rejected.length > 0 ? rejected : [fault]
  if (!replies.every(isFinal)) return outcome
  return isPartlyTaken && rejected.length > 0
    ? { outcome: 'delivered', answer: redacted(rejected.map(notTo).join('; '), hidden) }
    : { outcome: 'refused', reason: outcome.reason }
}

type Fault = {
  readonly code?: unknown
  readonly responseCode?: unknown
  readonly response?: unknown
  readonly recipient?: unknown
  readonly rejectedErrors?: unknown
}

// When every recipient is rejected, each has its own reply, and one of them may be for later.
function rejectionsOf(fault: unknown): Error[] {
  if (!(fault instanceof Error)) return []
  const { rejectedErrors } = fault as Fault
  return Array.isArray(rejectedErrors) ? rejectedErrors.filter((one) => one instanceof Error) : []
}

function isFinal(fault: unknown): boolean {
  if (!(fault instanceof Error)) return false
  const { code, responseCode } = fault as Fault
  // A server that has no encryption today is not one that does not want the mail.
  return code !== 'ETLS' && typeof responseCode === 'number' && responseCode >= 500
}

function notTo(fault: Error): string {
  const { recipient, response } = fault as Fault
  return `not to ${String(recipient)}: ${typeof response === 'string' ? response : fault.message}`
}
