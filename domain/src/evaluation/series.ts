// What is remembered of one rule on one agent and value of its dimension. Most series have none of it: a rule without
// window keeps nothing while nothing is wrong.

import type { Slices } from './slices.ts'

export type Phase = 'idle' | 'pending' | 'firing'

/** Something is wrong with the series, or was a short while ago. */
export type Active = {
  /** ULID of its alert; empty when it has none now. */
  alert: string
  /** What the alert says … */
  told: Phase
  /** … and what the series is: they differ while it flaps. */
  phase: Phase
  /** Since when the condition holds. */
  sinceMs: number
  /** Since when it does not while the alert goes on; NEVER when it does. */
  clearSinceMs: number
  /** The newest evaluation. */
  lastAtMs: number
  /** The last evaluations, as flapping.ts has them. */
  changes: number
  flapping: boolean
  /** The alert was told that its host is unknown. */
  hostUnknown: boolean
}

export const NEVER = -1

export type Series = {
  /** When its newest sample was received, by the gateway's clock. */
  heardMs: number
  window: Slices | undefined
  active: Active | undefined
}

/** One series, or one for each value of the dimension. */
export type Slot = Series | Map<string, Series> | undefined

export const newSeries = (heardMs: number): Series => ({ heardMs, window: undefined, active: undefined })

export const newActive = (atMs: number): Active => ({
  alert: '',
  told: 'idle',
  phase: 'idle',
  sinceMs: atMs,
  clearSinceMs: NEVER,
  lastAtMs: atMs,
  changes: 0,
  flapping: false,
  hostUnknown: false,
})

/** One series of a slot, by its value of the dimension; empty where the rule has none. */
export type Placed = { readonly dimension: string; readonly series: Series | undefined }

/** Of one rule on one agent: processes come and go without end. */
export const MAX_SERIES = 500

/** Remembers a series, or forgets it. Slots that hold nothing are undefined. */
export function putSeries(slots: Slot[], place: number, { dimension, series }: Placed): void {
  const slot = slots[place]
  if (dimension === '' && !(slot instanceof Map)) {
    slots[place] = series
    return
  }
  const held = slot instanceof Map ? slot : new Map<string, Series>()
  if (series && held.size >= MAX_SERIES && !held.has(dimension)) forgetOne(held)
  if (series) held.set(dimension, series)
  else held.delete(dimension)
  slots[place] = held.size > 0 ? held : undefined
}

// The one that was heard the longest ago. An alert that is open is not forgotten: it has to be ended.
function forgetOne(held: Map<string, Series>): void {
  let oldest: string | undefined
  let oldestMs = Infinity
  for (const [dimension, { heardMs, active }] of held)
    if (heardMs < oldestMs && (!active || active.told === 'idle')) {
      oldest = dimension
      oldestMs = heardMs
    }
  if (oldest !== undefined) held.delete(oldest)
}

/** Calls `visit` for every series of a slot, with its value of the dimension. */
export function eachSeries(slot: Slot, visit: (series: Series, dimension: string) => void): void {
  if (slot instanceof Map) for (const [dimension, series] of slot) visit(series, dimension)
  else if (slot) visit(slot, '')
}
