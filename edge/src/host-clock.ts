// The host's clocks, as a value that is handed in. The wall clock may be set at any time; ages and intervals
// never come from it.

import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'

export type HostClock = {
  /** Milliseconds since 1970 UTC, by the wall. */
  nowMs(): number
  /** Milliseconds that never go back, from an arbitrary start, with sub-millisecond precision. */
  monotonicMs(): number
  /** Milliseconds since the host booted, suspended time included; 10 ms precision. Comparable between processes. */
  uptimeMs(): number
  /** Changes with every boot: an uptime means something only beside it. 36 characters of a UUID. */
  readonly bootId: string
}

/** A moment by the host's uptime. */
export type SealedAt = { readonly bootId: string; readonly uptimeMs: number }

export const UNKNOWN_BOOT = '00000000-0000-0000-0000-000000000000'

/** The clocks of this host. Where the boot cannot be named, no age outlives the process. */
export function hostClock(): HostClock {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    uptimeMs: () => Math.round(uptime() * 1000),
    bootId: readBootId(),
  }
}

export const sealedNow = (clock: HostClock): SealedAt => ({
  bootId: clock.bootId,
  uptimeMs: clock.uptimeMs(),
})

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return crypto.randomUUID()
  }
}

/**
 * Time since `sealed`, milliseconds, at least 0. Undefined when it was in another boot: only the wall can guess then.
 */
export function ageMs(sealed: SealedAt, clock: HostClock): number | undefined {
  if (sealed.bootId !== clock.bootId || sealed.bootId === UNKNOWN_BOOT) return undefined
  const age = clock.uptimeMs() - sealed.uptimeMs
  return age >= 0 ? age : undefined
}
