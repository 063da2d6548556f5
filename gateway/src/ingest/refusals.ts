// The refusals of the edge protocol, and no others.

import { RefusalKind } from '@secumon/contracts/gen/ingest'
import { laneNumber, type LaneName } from '@secumon/contracts/lanes'
import type { LaneHead } from './lane-record.ts'
import type { Answer } from './outbox.ts'

export type Refused = Extract<Answer, { case: 'refusal' }>

const NAMES: Record<number, string> = {
  [RefusalKind.WAIT]: 'wait',
  [RefusalKind.REWIND]: 'rewind',
  [RefusalKind.REPLACE]: 'replace',
  [RefusalKind.RE_ENROL]: 're-enrol',
}

/** The refusal's name in metrics. */
export const refusalName = ({ value }: Refused): string => NAMES[value.kind ?? 0] ?? 'unspecified'

/** The log takes nothing of this lane now. */
export const wait = (lane: LaneName, retryAfterMs: number, reason: string): Refused => ({
  case: 'refusal',
  value: { kind: RefusalKind.WAIT, lane: laneNumber(lane), retryAfterMs: Math.ceil(retryAfterMs), reason },
})

/** Send again from the record after `head`. */
export const rewind = (lane: LaneName, head: LaneHead, reason: string): Refused => ({
  case: 'refusal',
  value: {
    kind: RefusalKind.REWIND,
    lane: laneNumber(lane),
    epoch: BigInt(head.epoch),
    lastSequence: BigInt(head.sequence),
    lastHash: head.hash,
    reason,
  },
})

export type Place = { readonly lane: LaneName; readonly epoch: number; readonly sequence: number }

/** This record is bad and stays bad. */
export const replace = ({ lane, epoch, sequence }: Place, reason: string): Refused => ({
  case: 'refusal',
  value: {
    kind: RefusalKind.REPLACE,
    lane: laneNumber(lane),
    epoch: BigInt(epoch),
    sequence: BigInt(sequence),
    reason,
  },
})

/** The identity is no longer good. */
export const reEnrol = (reason: string): Refused => ({
  case: 'refusal',
  value: { kind: RefusalKind.RE_ENROL, reason },
})
