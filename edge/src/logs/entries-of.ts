// What is in a directory, one entry after another: however many files somebody puts there, they are not held in memory.

import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'

const AT_ONCE = 128

/** Its entries; none where it is not there, is no directory, or is not ours to read. */
export async function* entriesOf(directory: string): AsyncGenerator<Dirent> {
  try {
    for await (const entry of await opendir(directory, { bufferSize: AT_ONCE })) yield entry
  } catch {
    // Then it names nothing now.
  }
}
