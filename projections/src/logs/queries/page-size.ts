// How much a page of lines may hold: lines may be of 64 KiB each, and a page is in memory several times over.

import type { LogLine } from './log-line.ts'

/** Of the messages of a page, UTF-8; the line that reaches it is the last one. */
export const MAX_PAGE_BYTES = 8 * 1024 ** 2

/** How many of the lines make a full page; undefined when they all fit and there is room for more. */
export function fullAt(lines: readonly LogLine[], limit: number): number | undefined {
  let bytes = 0
  for (const [i, { message }] of lines.entries()) {
    if (i === limit) return limit
    bytes += Buffer.byteLength(message)
    if (bytes >= MAX_PAGE_BYTES) return i + 1
  }
  return undefined
}

/** Bytes that messages may take beside these lines. */
export const roomBeside = (lines: readonly LogLine[]): number =>
  lines.reduce((room, { message }) => room - Buffer.byteLength(message), MAX_PAGE_BYTES)
