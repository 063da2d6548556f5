// One series' machine: what it is after an evaluation, and what its alert has to be told. While it flaps its alert stays
// firing and is told nothing; when it has settled the alert is told what the series is then.

import { Resolution } from '@secumon/contracts/gen/alert'
import { changePercent, isFlapping, remember } from './flapping.ts'
import { NEVER, newActive, type Active } from './series.ts'
import { decide, evidenceOf, newAlert, originOf, type Desk, type Turn } from './turn.ts'

/** How an evaluation came out. */
export type Verdict = {
  readonly holds: boolean
  /** Longer without an evaluation, and the condition did not hold without a break. */
  readonly breakMs: number
  /** Flapping counts it as one of its evaluations. */
  readonly counts: boolean
}

/** Returns what has to be remembered; undefined when there is nothing left of it. */
export function evaluate(
  active: Active | undefined,
  turn: Turn,
  { verdict, desk }: { verdict: Verdict; desk: Desk },
): Active | undefined {
  const state = active ?? newActive(turn.moment.atMs)
  const wasFiring = state.phase === 'firing'
  const evidencePhase = state.phase
  if (verdict.holds) rise(state, turn, verdict.breakMs)
  else fall(state, turn)
  state.lastAtMs = turn.moment.atMs
  const changed = wasFiring !== (state.phase === 'firing')
  if (changed || verdict.counts) state.changes = remember(state.changes, changed)
  tell(state, { turn, desk, evidencePhase })
  return isSpent(state) ? undefined : state
}

/** It fires because nothing is heard: what comes next resolves it, or goes on. */
export function fireWithoutData(state: Active, turn: Turn, desk: Desk): void {
  if (state.told === 'idle') state.alert = newAlert(turn, desk)
  const evidence = evidenceOf(turn, state)
  if (state.phase === 'idle') state.sinceMs = turn.moment.atMs
  state.phase = 'firing'
  state.told = 'firing'
  const origin = originOf(turn)
  decide(turn, state, { kind: 'Fire', origin, evidence, pendingSinceMs: state.sinceMs, noData: true }, desk)
}

/** Resolves the alert for a reason that is not a value; one that never fired was not confirmed by silence. */
export function endAlert(
  state: Active,
  turn: Turn,
  { resolution, desk }: { readonly resolution: Resolution; readonly desk: Desk },
): void {
  if (state.told === 'idle') return
  const isUnconfirmed = resolution === Resolution.NO_DATA && state.told === 'pending'
  const reason = isUnconfirmed ? Resolution.NOT_CONFIRMED : resolution
  decide(turn, state, { kind: 'Resolve', evidence: evidenceOf(turn, state), resolution: reason }, desk)
  leave(state)
}

function rise(state: Active, { rule, moment }: Turn, breakMs: number): void {
  state.clearSinceMs = NEVER
  if (state.phase === 'firing') return
  if (state.phase === 'idle' || !isUnbroken(state, moment.atMs, breakMs)) state.sinceMs = moment.atMs
  state.phase = moment.atMs - state.sinceMs >= rule.durationMs ? 'firing' : 'pending'
}

// Time goes back where a clock is put right.
const isUnbroken = ({ lastAtMs }: Active, atMs: number, breakMs: number): boolean =>
  atMs >= lastAtMs && atMs - lastAtMs <= breakMs

function fall(state: Active, { rule, moment }: Turn): void {
  if (state.phase === 'firing') {
    if (state.clearSinceMs === NEVER || state.clearSinceMs > moment.atMs) state.clearSinceMs = moment.atMs
    if (moment.atMs - state.clearSinceMs < rule.keepFiringMs) return
  }
  state.phase = 'idle'
}

type Telling = { readonly turn: Turn; readonly desk: Desk; readonly evidencePhase: Active['phase'] }

function tell(state: Active, telling: Telling): void {
  const flaps = isFlapping(state.changes, state.flapping)
  // Where flapping begins with a recovery, the alert is not told of that.
  if (!state.flapping && !(flaps && state.told === 'firing')) reconcile(state, telling)
  if (flaps === state.flapping || state.told !== 'firing') return
  state.flapping = flaps
  const { turn, desk } = telling
  const evidence = evidenceOf(turn, { phase: telling.evidencePhase })
  const kind = flaps ? 'Flap' : 'Settle'
  decide(turn, state, { kind, changePercent: changePercent(state.changes), evidence }, desk)
  if (!flaps) reconcile(state, telling)
}

// Brings the alert to what the series is.
function reconcile(state: Active, { turn, desk, evidencePhase }: Telling): void {
  const { phase, told } = state
  if (phase === told) return
  const evidence = evidenceOf(turn, { phase: evidencePhase })
  if (told === 'firing' || phase === 'idle') {
    const resolution = told === 'firing' ? Resolution.RECOVERED : Resolution.NOT_CONFIRMED
    decide(turn, state, { kind: 'Resolve', evidence, resolution }, desk)
    leave(state)
    return
  }
  if (told === 'idle') state.alert = newAlert(turn, desk)
  state.told = phase
  const origin = originOf(turn)
  if (phase === 'pending') decide(turn, state, { kind: 'Pend', origin, evidence }, desk)
  else
    decide(
      turn,
      state,
      { kind: 'Fire', origin, evidence, pendingSinceMs: state.sinceMs, noData: false },
      desk,
    )
}

// Also where it settles while its condition holds, but not for long enough yet: that begins anew with the next sample.
function leave(state: Active): void {
  state.alert = ''
  state.hostUnknown = false
  state.told = 'idle'
  state.phase = 'idle'
  state.clearSinceMs = NEVER
}

const isSpent = ({ phase, told, changes }: Active): boolean =>
  phase === 'idle' && told === 'idle' && changes === 0
