// Holes: the log lacked what must have been there. Recorded beside the rows, told to the operator once.

import type { PlatformTx, Hole } from './admission.ts'
import type { Projection } from './lane-positions.ts'

/** Records the holes a batch found, in its transaction. */
export async function writeHoles(
  tx: PlatformTx,
  projection: Projection,
  { holes, nowMs }: { readonly holes: readonly Hole[]; readonly nowMs: number },
): Promise<void> {
  if (holes.length === 0) return
  const rows = holes.map(({ fact, expected, found }) => ({
    ...projection,
    ...fact.source,
    expected,
    found,
    at: new Date(nowMs),
  }))
  await tx.insertInto('secumon.platform_holes').values(rows).execute()
}
