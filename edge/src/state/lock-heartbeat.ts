// Touches the locks this process holds, so that who cannot see the process can see that it lives.

import { lutimesSync, readlinkSync } from 'node:fs'
import { errorCode } from '../error-code.ts'

const PERIOD_MS = 3_000

const held = new Map<string, string>()
let timer: NodeJS.Timeout | undefined

/** Touches the lock every three seconds. Returns what ends it. */
export function keepFresh(path: string, holder: string): () => void {
  held.set(path, holder)
  timer ??= setInterval(touchAll, PERIOD_MS).unref()
  return () => {
    held.delete(path)
    if (held.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function touchAll(): void {
  for (const [path, holder] of held) touch(path, holder)
}

// Who stood still for so long that another took the lock must not go on beside it.
function touch(path: string, holder: string): void {
  try {
    if (readlinkSync(path) !== holder) throw new Error(`${path} was taken by another process`)
    const now = new Date()
    lutimesSync(path, now, now)
  } catch (error) {
    // A disk that takes nothing for a moment, or a directory that is being removed.
    if (errorCode(error) === undefined) throw error
  }
}
