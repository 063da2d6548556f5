// What sources could not bring, gathered until a frame says so: one record a second at most, however many lines are
// dropped. What is not said yet lies in the note beside the positions, which are beyond it already.

import { LogDropReason } from '@secumon/contracts/gen/log'
import type { Loss } from './log-source.ts'

export type NamedLoss = Loss & { readonly source: string }

export type LossLedger = {
  add(source: string, loss: Loss): void
  /** Those that are due; all of them when asked to. */
  take(nowMs: number, all?: boolean): readonly NamedLoss[]
  /** What was not taken, as it lies in the note. */
  unsaid(): readonly LossRow[]
}

type LossRow = readonly [
  source: string,
  reason: LogDropReason,
  lines: number,
  bytes: number,
  fromMs: number,
  untilMs: number,
]

const EVERY_MS = 1_000

/** @param unsaid what an earlier run left in its note */
export function createLossLedger(unsaid: unknown): LossLedger {
  const open = new Map<string, NamedLoss>()
  let takenMs = -Infinity
  const add = (source: string, loss: Loss): void => {
    const key = `${loss.reason} ${source}`
    const before = open.get(key)
    open.set(key, before ? joined(before, loss) : { ...loss, source })
  }
  for (const [source, reason, lines, bytes, fromMs, untilMs] of readRows(unsaid))
    add(source, { reason, lines, bytes, fromMs, untilMs })
  return {
    add,
    take(nowMs, all = false) {
      const isTooSoon = nowMs - takenMs < EVERY_MS && nowMs >= takenMs
      if (open.size === 0 || (isTooSoon && !all)) return []
      takenMs = nowMs
      const due = [...open.values()]
      open.clear()
      return due
    },
    unsaid: () =>
      [...open.values()].map(({ source, reason, lines, bytes, fromMs, untilMs }) => [
        source,
        reason,
        lines,
        bytes,
        fromMs,
        untilMs,
      ]),
  }
}

const joined = (before: NamedLoss, { lines, bytes, fromMs, untilMs }: Loss): NamedLoss => ({
  ...before,
  lines: before.lines + lines,
  bytes: before.bytes + bytes,
  fromMs: Math.min(before.fromMs, fromMs),
  untilMs: Math.max(before.untilMs, untilMs),
})

const readRows = (rows: unknown): readonly LossRow[] => (Array.isArray(rows) ? rows : []).filter(isRow)

function isRow(row: unknown): row is LossRow {
  if (!Array.isArray(row)) return false
  const [source, reason, ...numbers]: unknown[] = row
  const isKnown = Object.values(LogDropReason).some((known) => known === reason)
  return typeof source === 'string' && isKnown && numbers.length === 4 && numbers.every(Number.isSafeInteger)
}
