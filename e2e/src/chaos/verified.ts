// The tables compared row by row and value by value with what archive and log give when they are read anew.

import { runToEnd } from '@secumon/infra/embedded/child'
import { SECUMON, type Platform } from '../platform.ts'

const TIMEOUT_MS = 15 * 60_000

/**
 * Lines of `secumon verify` that speak of a difference; none when all is the same.
 * @param mayHaveMore rows that the archive does not tell of are known already
 */
export async function verified(
  platform: Platform,
  projection: string,
  mayHaveMore: boolean,
): Promise<readonly string[]> {
  const env = { ...process.env, ...platform.environment }
  try {
    await runToEnd(process.execPath, [SECUMON, 'verify', projection], { env, timeoutMs: TIMEOUT_MS })
    return []
  } catch (error) {
    const lines = String(error).split('\n')
    const differing = lines.filter((line) => / only in what archive and log give/.test(line))
    const isOnlyMore = differing.length > 0 && differing.every((line) => /, 0 only in what/.test(line))
    return mayHaveMore && isOnlyMore ? [] : lines.slice(0, 20)
  }
}
