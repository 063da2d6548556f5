// What people do with an alert: they say that they have seen it, take that back, and write notes.

import { create } from '@bufbuild/protobuf'
import { AcknowledgementEnd, AlertAcknowledgedSchema, AlertNotedSchema } from '@secumon/contracts/gen/alert'
import type { DomainEvent } from '../decider.ts'
import { Rejected } from '../rejected.ts'
import type { Alert, AlertCommandOf, AlertState } from './alert.ts'
import { unacknowledged } from './life.ts'

export const MAX_NOTE_LENGTH = 4_000

export function acknowledge(command: AlertCommandOf<'Acknowledge'>, state: AlertState): DomainEvent[] {
  const { acknowledgement } = open(state)
  const { expiresAtMs, sticky, atMs } = command
  const text = command.note.trim()
  if (text.length > MAX_NOTE_LENGTH) throw tooLong()
  if (!Number.isSafeInteger(expiresAtMs) || expiresAtMs < 0)
    throw new Rejected('invalid', 'the end of an acknowledgement is a time in milliseconds, or 0')
  const isSame =
    acknowledgement?.note === text &&
    acknowledgement.expiresAtMs === expiresAtMs &&
    acknowledgement.sticky === sticky
  if (isSame) return []
  if (expiresAtMs !== 0 && expiresAtMs <= atMs)
    throw new Rejected('invalid', 'the acknowledgement would have ended already')
  const value = create(AlertAcknowledgedSchema, { note: text, expiresAtMs: BigInt(expiresAtMs), sticky })
  return [{ case: 'alertAcknowledged', value }]
}

export const endAcknowledgement = (state: AlertState): DomainEvent[] =>
  open(state).acknowledgement ? [unacknowledged(AcknowledgementEnd.TAKEN_BACK)] : []

/** The clock's own: what cannot expire any more is no fault. */
export function expire(command: AlertCommandOf<'ExpireAcknowledgement'>, state: AlertState): DomainEvent[] {
  const acknowledgement = state?.phase === 'resolved' ? undefined : state?.acknowledgement
  if (!acknowledgement || acknowledgement.expiresAtMs === 0) return []
  return acknowledgement.expiresAtMs <= command.atMs ? [unacknowledged(AcknowledgementEnd.EXPIRED)] : []
}

export function note(command: AlertCommandOf<'Note'>, state: AlertState): DomainEvent[] {
  if (!state) throw unknown()
  const text = command.note.trim()
  if (text === '') throw new Rejected('invalid', 'a note needs words')
  if (text.length > MAX_NOTE_LENGTH) throw tooLong()
  if (text === state.lastNote) return []
  return [{ case: 'alertNoted', value: create(AlertNotedSchema, { note: text }) }]
}

function open(state: AlertState): Alert {
  if (!state) throw unknown()
  if (state.phase === 'resolved') throw new Rejected('conflict', 'the alert is resolved')
  return state
}

const unknown = (): Rejected => new Rejected('not_found', 'no such alert')

const tooLong = (): Rejected => new Rejected('invalid', `a note has at most ${MAX_NOTE_LENGTH} characters`)
