// Spools on disk for tests, filled with frames and shown as a line of text.

import type { Sealed } from '@secumon/contracts/frame'
import { openSpool } from '../spool/file-spool.ts'
import type { Spool, SpoolLimits } from '../spool/spool.ts'
import { AT, frameAfter, TEST_ANCHOR, testClock } from './chain.ts'

export const open = (directory: string, limits: Partial<SpoolLimits> = {}, clock = testClock()): Spool =>
  openSpool({ directory, anchor: TEST_ANCHOR, clock, limits })

export function fill(spool: Spool, count: number, bytes = 0): Sealed[] {
  return Array.from({ length: count }, () => {
    const sealed = frameAfter(spool.head, bytes)
    spool.append(sealed, AT)
    return sealed
  })
}

/** The entries from `sequence` on: `3`, or `[4-6 corrupt]`. */
export function shown(spool: Spool, sequence = 1): string {
  const cursor = spool.read(sequence)
  const entries: string[] = []
  for (let entry = cursor.next(); entry; entry = cursor.next()) {
    if (entry.kind === 'frame') entries.push(String(entry.record.sequence))
    else entries.push(`[${entry.missing.first}-${entry.missing.last} ${entry.missing.why}]`)
  }
  cursor.close()
  return entries.join(' ')
}
