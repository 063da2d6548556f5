// What a reader has seen and no longer finds, though nothing is damaged: a segment that has expired, or a flush that its
// writer took back. Another look shows what is there now.

import { ArchiveDamaged } from './archive.ts'
import type { SegmentSource } from './archive-snapshot.ts'

export class SegmentGone extends Error {
  override readonly name = 'SegmentGone'
}

/** @throws SegmentGone when what could not be read has been removed since */
export async function unlessGone<Value>(
  { info, isGone }: SegmentSource,
  read: () => Promise<Value>,
): Promise<Value> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof ArchiveDamaged || cause instanceof SegmentGone || !(await isGone?.())) throw cause
    throw new SegmentGone(info.name, { cause })
  }
}

/** Does it again as long as something was gone. */
export async function untilThere<Value>(work: () => Promise<Value>): Promise<Value> {
  for (;;)
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof SegmentGone)) throw error
    }
}
