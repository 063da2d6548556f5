// Texts within the length that a service takes. What is cut off is said, with how much it was.

import type { Language } from './language.ts'
import { WORDS } from './words.ts'

export type Room = {
  /** At most so much of what is sent, by `sizeOf`. */
  readonly size: number
  readonly language: Language
  /** How the text is sent; as it is where it needs nothing. */
  readonly escape?: (text: string) => string
  /** How the service counts; UTF-16 units where it says nothing else. */
  readonly sizeOf?: (sent: string) => number
}

/** Bytes of a text as JSON has it, where a quote or the end of a line takes two; of anything else, of the whole. */
export const jsonBytesOf = (value: unknown): number =>
  Buffer.byteLength(JSON.stringify(value)) - (typeof value === 'string' ? 2 : 0)

const unitsOf = (text: string): number => text.length

/** The escaped text, whole or cut at the end of a line or word. */
export function fitted(text: string, { size, language, escape = String, sizeOf = unitsOf }: Room): string {
  const sent = (kept: number): string =>
    escape(`${text.slice(0, kept).trimEnd()}\n${WORDS[language].cut(text.length - kept)}`)
  if (sizeOf(escape(text)) <= size) return escape(text)
  return sent(
    niceEnd(
      text,
      largest(text.length, (kept) => sizeOf(sent(kept)) <= size),
    ),
  )
}

/** One line, escaped, whole or with an ellipsis. */
export function fittedLine(text: string, { size, escape = String, sizeOf = unitsOf }: Room): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  if (sizeOf(escape(line)) <= size) return escape(line)
  const kept = largest(line.length, (count) => sizeOf(escape(`${line.slice(0, count)}…`)) <= size)
  return escape(`${line.slice(0, wholeCharacter(line, kept)).trimEnd()}…`)
}

/** The largest count up to `most` that fits; what is longer than one that does not fit does not fit either. */
function largest(most: number, fits: (count: number) => boolean): number {
  let [low, high] = [0, most]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle - 1
  }
  return low
}

// Not in the middle of a line or word where one ends within the last fifth.
function niceEnd(text: string, kept: number): number {
  for (const separator of ['\n', ' ']) {
    const at = text.lastIndexOf(separator, kept - 1)
    if (at >= kept * 0.8) return at
  }
  return wholeCharacter(text, kept)
}

// A pair of UTF-16 units is one character.
const wholeCharacter = (text: string, kept: number): number =>
  kept > 0 && /[\uD800-\uDBFF]/.test(text.charAt(kept - 1)) ? kept - 1 : kept
