// What a source could not bring, gathered: one record a second at most, however many lines are dropped.

import type { Loss } from './log-source.ts'

export type LossLedger = {
  add(source: string, loss: Loss): void
  /** Those that are due; all of them when asked to. */
  take(nowMs: number, all?: boolean): readonly NamedLoss[]
}

export type NamedLoss = Loss & { readonly source: string }

const EVERY_MS = 1_000

export function createLossLedger(): LossLedger {
  const open = new Map<string, NamedLoss>()
  let takenMs = -Infinity
  return {
    add(source, loss) {
      const key = `${loss.reason} ${source}`
      const before = open.get(key)
      open.set(key, before ? joined(before, loss) : { ...loss, source })
    },
    take(nowMs, all = false) {
      const isTooSoon = nowMs - takenMs < EVERY_MS && nowMs >= takenMs
      if (open.size === 0 || (isTooSoon && !all)) return []
      takenMs = nowMs
      const due = [...open.values()]
      open.clear()
      return due
    },
  }
}

const joined = (before: NamedLoss, { lines, bytes, fromMs, untilMs }: Loss): NamedLoss => ({
  ...before,
  lines: before.lines + lines,
  bytes: before.bytes + bytes,
  fromMs: Math.min(before.fromMs, fromMs),
  untilMs: Math.max(before.untilMs, untilMs),
})
