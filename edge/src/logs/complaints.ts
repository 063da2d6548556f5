// What is wrong with a source's files, told once each: a file that may not be read is looked at every second.

import { errorText } from '../error-code.ts'
import type { EdgeLogger } from '../log.ts'
import { MAX_FILES } from './file-room.ts'

/** Tells of a path and what is wrong with it, the first time. */
export function createComplaints(source: string, logger: EdgeLogger): (path: string, error: unknown) => void {
  const told = new Set<string>()
  return (path, error) => {
    const reason = errorText(error)
    const complaint = `${path}\n${reason}`
    if (told.has(complaint) || told.size >= MAX_FILES) return
    told.add(complaint)
    logger.warn('a log file cannot be read', { source, path, reason })
  }
}
