// The tables compared row by row and value by value with what archive and log give when they are read anew.

import { runToEnd } from '@secumon/infra/embedded/child'
import { SECUMON, type Platform } from '../platform.ts'

const TIMEOUT_MS = 15 * 60_000

/** Lines of `secumon verify` that speak of a difference; none when all is the same. */
export async function verified(platform: Platform, projection: string): Promise<readonly string[]> {
  const env = { ...process.env, ...platform.environment }
  try {
    await runToEnd(process.execPath, [SECUMON, 'verify', projection], { env, timeoutMs: TIMEOUT_MS })
    return []
  } catch (error) {
    return String(error).split('\n').slice(0, 20)
  }
}
