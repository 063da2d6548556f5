// When something ends: after one of a few durations, at a moment, or never.

import { durationOf } from './time-range.ts'

export const EXPIRIES = ['1h', '4h', '8h', '24h', '7d'] as const
export type Expiry = {
  /** A duration like `4h`, `moment`, or `never`. */
  readonly choice: string
  /** Value of a `datetime-local` input, in the viewer's zone. */
  readonly moment: string
}

/** The end in milliseconds; null for never; undefined when it is not in the future. */
export function expiryOf({ choice, moment }: Expiry, nowMs: number): number | null | undefined {
  if (choice === 'never') return null
  const atMs = choice === 'moment' ? Date.parse(moment) : nowMs + (durationOf(choice) ?? Number.NaN)
  return atMs > nowMs ? atMs : undefined
}
