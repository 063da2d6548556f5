// From the bytes of a file to events: lines, or groups of lines that belong together. What is not complete is not
// consumed, and is there again with the next bytes: nothing is kept between two calls but where to go on.

import { MAX_EVENT_BYTES, READING_BYTES } from './log-source.ts'

export type Grouping = {
  /** Whether a line goes with the ones before it. */
  readonly continues: (line: string) => boolean
  /** Of one event. */
  readonly maxLines: number
}

export type SplitOptions = {
  readonly grouping?: Grouping | undefined
  /** The bytes begin within a line whose beginning was too long and is told already. */
  readonly isCutting: boolean
  /** No line will follow soon: a group that is not complete is an event. */
  readonly isQuiet: boolean
  /** Nothing will ever follow: neither will the end of the last line. */
  readonly isEnd: boolean
}

export type Split = { readonly events: string[]; readonly consumed: number; readonly isCutting: boolean }

export const CUT_MARK = '… [cut at 64 KiB]'

const NEWLINE = 10
const RETURN = 13

type Line = { readonly start: number; readonly end: number; readonly next: number; readonly isCut: boolean }
type Group = { readonly start: number; end: number; next: number; lines: number }

/** Splits up to some 64 KiB of events off the beginning of `bytes`. */
export function splitEvents(bytes: Buffer, options: SplitOptions): Split {
  const { grouping, isQuiet, isEnd } = options
  const events: string[] = []
  let at = options.isCutting ? endOfCut(bytes) : 0
  if (at === undefined) return { events, consumed: bytes.length, isCutting: true }
  let isCutting = false
  let taken = 0
  let group: Group | undefined
  const emit = (start: number, end: number): void => {
    const text = decoded(bytes, start, end)
    if (text !== '') events.push(text)
    taken += end - start
  }
  while (taken < READING_BYTES) {
    at = behindZeros(bytes, at)
    const line = nextLine(bytes, at, isEnd)
    if (!line) break
    const follows = group && grouping && joins(bytes, group, line, grouping)
    if (group && !follows) {
      emit(group.start, group.end)
      group = undefined
      if (taken >= READING_BYTES) break
    }
    if (line.isCut) {
      events.push(decoded(bytes, line.start, line.end) + CUT_MARK)
      taken += line.end - line.start
      isCutting = line.next === bytes.length && bytes[line.next - 1] !== NEWLINE
    } else if (!grouping) emit(line.start, line.end)
    else if (group) Object.assign(group, { end: line.end, next: line.next, lines: group.lines + 1 })
    else group = { start: line.start, end: line.end, next: line.next, lines: 1 }
    at = line.next
  }
  if (group && (isQuiet || isEnd)) {
    emit(group.start, group.end)
    group = undefined
  }
  return { events, consumed: group?.start ?? at, isCutting }
}

const endOfCut = (bytes: Buffer): number | undefined => {
  const newline = bytes.indexOf(NEWLINE)
  return newline < 0 ? undefined : newline + 1
}

// Zeros before a line are a hole that a truncated file was left with.
function behindZeros(bytes: Buffer, at: number): number {
  let start = at
  while (bytes[start] === 0) start++
  return start
}

function nextLine(bytes: Buffer, start: number, isEnd: boolean): Line | undefined {
  if (start >= bytes.length) return undefined
  const newline = bytes.indexOf(NEWLINE, start)
  const end = newline < 0 ? bytes.length : newline
  const next = newline < 0 ? end : newline + 1
  if (end - start > MAX_EVENT_BYTES) return { start, end: wholeCharacters(bytes, start), next, isCut: true }
  if (newline < 0 && !isEnd) return undefined
  return { start, end: end > start && bytes[end - 1] === RETURN ? end - 1 : end, next, isCut: false }
}

function joins(bytes: Buffer, group: Group, line: Line, { continues, maxLines }: Grouping): boolean {
  if (line.isCut || group.lines >= maxLines || line.end - group.start > MAX_EVENT_BYTES) return false
  return continues(decoded(bytes, line.start, line.end))
}

// A character of UTF-8, of four bytes at most, is not cut in two.
function wholeCharacters(bytes: Buffer, start: number): number {
  const most = start + MAX_EVENT_BYTES - CUT_MARK.length * 3
  let end = most
  while (((bytes[end] ?? 0) & 0xc0) === 0x80 && most - end < 3) end--
  return end
}

// What is no UTF-8 becomes U+FFFD, and so does a zero, which no database takes. The mark that some programs begin a file of
// UTF-8 with is no part of its first line.
function decoded(bytes: Buffer, start: number, end: number): string {
  const isMarked = bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf
  const text = bytes.toString('utf8', isMarked ? start + 3 : start, end)
  const whole = text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text
  return whole.includes('\r\n') ? whole.replaceAll('\r\n', '\n') : whole
}
