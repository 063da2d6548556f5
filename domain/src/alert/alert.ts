// Aggregate `alert`: one instance of a rule being broken, from pending to resolved, and what people said of it. Whether
// anybody is told of it is not decided here. A resolved alert takes nothing but notes.

import type { AlertAcknowledged, AlertOrigin, Evidence, Resolution } from '@secumon/contracts/gen/alert'
import type { AggregateRef, Decider, DomainEvent } from '../decider.ts'
import { acknowledge, endAcknowledgement, expire, note } from './attention.ts'
import { fire, flap, loseHost, findHost, pend, relabel, resolve, settle } from './life.ts'

export type AlertPhase = 'pending' | 'firing' | 'resolved'

export type Acknowledgement = {
  readonly note: string
  /** 0: until the alert is resolved. */
  readonly expiresAtMs: number
  readonly sticky: boolean
}

export type Alert = {
  readonly origin: AlertOrigin
  readonly phase: AlertPhase
  readonly pendingSinceMs: number
  /** Absent: it never fired. */
  readonly firedAtMs: number | undefined
  readonly resolution: Resolution | undefined
  readonly flapping: boolean
  /** No gateway is there to hear its host. */
  readonly hostUnknown: boolean
  readonly acknowledgement: Acknowledgement | undefined
  readonly lastNote: string | undefined
}

export type AlertState = Alert | undefined

/** What the evaluator and people want of an alert. `Fire` brings the origin along: a rule without duration has no `Pend`. */
export type AlertCommand =
  | { readonly kind: 'Pend'; readonly origin: AlertOrigin; readonly evidence: Evidence }
  | {
      readonly kind: 'Fire'
      readonly origin: AlertOrigin
      readonly evidence: Evidence
      readonly pendingSinceMs: number
      readonly noData: boolean
    }
  | { readonly kind: 'Resolve'; readonly evidence: Evidence; readonly resolution: Resolution }
  | { readonly kind: 'Flap' | 'Settle'; readonly changePercent: number; readonly evidence: Evidence }
  | { readonly kind: 'LoseHost' | 'FindHost'; readonly evidence: Evidence }
  | { readonly kind: 'Relabel'; readonly origin: AlertOrigin }
  | ({ readonly kind: 'Acknowledge'; readonly atMs: number } & Acknowledgement)
  | { readonly kind: 'TakeBack' }
  | { readonly kind: 'ExpireAcknowledgement'; readonly atMs: number }
  | { readonly kind: 'Note'; readonly note: string }

/** The command of one kind. */
export type AlertCommandOf<K extends AlertCommand['kind']> = Extract<AlertCommand, { readonly kind: K }>

/** The aggregate of an alert: it belongs to the tenant of the agent, whoever the rule belongs to. */
export const alertAggregate = (tenant: string, id: string): AggregateRef => ({
  tenant,
  aggregate: alert.aggregate,
  id,
})

export const alert: Decider<AlertCommand, AlertState> = {
  aggregate: 'alert',
  initial: undefined,
  decide(command, state) {
    switch (command.kind) {
      case 'Pend':
        return pend(command, state)
      case 'Fire':
        return fire(command, state)
      case 'Resolve':
        return resolve(command, state)
      case 'Flap':
        return flap(command, state)
      case 'Settle':
        return settle(command, state)
      case 'LoseHost':
        return loseHost(command, state)
      case 'FindHost':
        return findHost(command, state)
      case 'Relabel':
        return relabel(command, state)
      case 'Acknowledge':
        return acknowledge(command, state)
      case 'TakeBack':
        return endAcknowledgement(state)
      case 'ExpireAcknowledgement':
        return expire(command, state)
      case 'Note':
        return note(command, state)
    }
  },
  evolve: (state, event) =>
    event.case === 'alertPending'
      ? pending(event.value.origin, event.value.evidence)
      : state && evolveAlert(state, event),
}

function evolveAlert(state: Alert, event: DomainEvent): Alert {
  switch (event.case) {
    case 'alertFired':
      return { ...state, phase: 'firing', firedAtMs: Number(event.value.evidence?.atMs ?? 0n) }
    case 'alertResolved':
      return { ...state, phase: 'resolved', resolution: event.value.resolution, flapping: false }
    case 'alertFlapping':
      return { ...state, flapping: true }
    case 'alertSettled':
      return { ...state, flapping: false }
    case 'alertHostUnknown':
      return { ...state, hostUnknown: true }
    case 'alertHostKnown':
      return { ...state, hostUnknown: false }
    case 'alertRelabelled':
      return { ...state, origin: event.value.origin ?? state.origin }
    case 'alertAcknowledged':
      return { ...state, acknowledgement: acknowledgementOf(event.value) }
    case 'alertUnacknowledged':
      return { ...state, acknowledgement: undefined }
    case 'alertNoted':
      return { ...state, lastNote: event.value.note }
    default:
      return state
  }
}

const pending = (origin: AlertOrigin | undefined, evidence: Evidence | undefined): AlertState =>
  origin && {
    origin,
    phase: 'pending',
    pendingSinceMs: Number(evidence?.atMs ?? 0n),
    firedAtMs: undefined,
    resolution: undefined,
    flapping: false,
    hostUnknown: false,
    acknowledgement: undefined,
    lastNote: undefined,
  }

const acknowledgementOf = ({ note, expiresAtMs, sticky }: AlertAcknowledged): Acknowledgement => ({
  note,
  expiresAtMs: Number(expiresAtMs),
  sticky,
})
