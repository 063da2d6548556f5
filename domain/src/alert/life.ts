// What the evaluator may do to an alert: it begins, fires, flaps, gets other names and is resolved. What comes again, or after the end,
// changes nothing.

import { create } from '@bufbuild/protobuf'
import {
  AcknowledgementEnd,
  AlertFiredSchema,
  AlertFlappingSchema,
  AlertHostKnownSchema,
  AlertHostUnknownSchema,
  AlertPendingSchema,
  AlertRelabelledSchema,
  AlertResolvedSchema,
  AlertSettledSchema,
  AlertUnacknowledgedSchema,
} from '@secumon/contracts/gen/alert'
import type { DomainEvent } from '../decider.ts'
import type { AlertCommandOf, AlertState } from './alert.ts'
import { isCalledAlike } from './called-alike.ts'

export function pend({ origin, evidence }: AlertCommandOf<'Pend'>, state: AlertState): DomainEvent[] {
  if (state) return []
  return [{ case: 'alertPending', value: create(AlertPendingSchema, { origin, evidence }) }]
}

/** A rule without duration fires at once: both steps are one decision. */
export function fire(command: AlertCommandOf<'Fire'>, state: AlertState): DomainEvent[] {
  if (state && state.phase !== 'pending') return []
  const { origin, evidence, pendingSinceMs, noData } = command
  const value = create(AlertFiredSchema, { evidence, pendingSinceMs: BigInt(pendingSinceMs), noData })
  const fired: DomainEvent = { case: 'alertFired', value }
  if (!state) return [...pend({ kind: 'Pend', origin, evidence }, state), fired]
  return state.acknowledgement?.sticky === false
    ? [fired, unacknowledged(AcknowledgementEnd.CHANGED)]
    : [fired]
}

export function resolve(
  { evidence, resolution }: AlertCommandOf<'Resolve'>,
  state: AlertState,
): DomainEvent[] {
  if (!state || state.phase === 'resolved') return []
  const { firedAtMs } = state
  const firedMs = firedAtMs === undefined ? 0 : Math.max(0, Number(evidence.atMs) - firedAtMs)
  const value = create(AlertResolvedSchema, { evidence, resolution, firedMs: BigInt(firedMs) })
  return [{ case: 'alertResolved', value }]
}

export function flap(command: AlertCommandOf<'Flap' | 'Settle'>, state: AlertState): DomainEvent[] {
  if (state?.phase !== 'firing' || state.flapping) return []
  const { changePercent, evidence } = command
  return [{ case: 'alertFlapping', value: create(AlertFlappingSchema, { changePercent, evidence }) }]
}

export function settle(command: AlertCommandOf<'Flap' | 'Settle'>, state: AlertState): DomainEvent[] {
  if (!state?.flapping) return []
  const { changePercent, evidence } = command
  return [{ case: 'alertSettled', value: create(AlertSettledSchema, { changePercent, evidence }) }]
}

export function loseHost(
  { evidence }: AlertCommandOf<'LoseHost' | 'FindHost'>,
  state: AlertState,
): DomainEvent[] {
  if (state?.phase !== 'firing' || state.hostUnknown) return []
  return [{ case: 'alertHostUnknown', value: create(AlertHostUnknownSchema, { evidence }) }]
}

export function findHost(
  { evidence }: AlertCommandOf<'LoseHost' | 'FindHost'>,
  state: AlertState,
): DomainEvent[] {
  if (state?.phase !== 'firing' || !state.hostUnknown) return []
  return [{ case: 'alertHostKnown', value: create(AlertHostKnownSchema, { evidence }) }]
}

export function relabel({ origin }: AlertCommandOf<'Relabel'>, state: AlertState): DomainEvent[] {
  if (!state || state.phase === 'resolved' || isCalledAlike(state.origin, origin)) return []
  return [{ case: 'alertRelabelled', value: create(AlertRelabelledSchema, { origin }) }]
}

export const unacknowledged = (end: AcknowledgementEnd): DomainEvent => ({
  case: 'alertUnacknowledged',
  value: create(AlertUnacknowledgedSchema, { end }),
})
