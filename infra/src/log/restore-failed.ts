// What was lost could not be put back now: reconcile starts again.

import type { AppendOutcome } from '../eventlog/event-log.ts'

export class RestoreFailed extends Error {
  override readonly name = 'RestoreFailed'
  constructor(subject: string, outcome: Exclude<AppendOutcome, { outcome: 'appended' }>) {
    const detail = outcome.outcome === 'unavailable' ? outcome.reason : 'somebody else appends'
    super(`${subject} cannot be restored: ${detail}`)
  }
}
