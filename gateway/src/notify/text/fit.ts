// Texts within the length that a service takes. What is cut off is said, with how much it was.

import type { Language } from './language.ts'
import { WORDS } from './words.ts'

export type Room = {
  /** As the service counts: UTF-16 units of what is sent, after escaping. */
  readonly chars: number
  readonly language: Language
  /** How the text is sent; the same text where it needs nothing. */
  readonly escape?: ((text: string) => string) | undefined
}

/** The escaped text, whole or cut at the end of a line or word. */
export function fitted(text: string, { chars, language, escape = String }: Room): string {
  const whole = escape(text)
  if (whole.length <= chars) return whole
  const cut = WORDS[language].cut
  const ending = (kept: number) => `\n${cut(text.length - kept)}`
  let kept = largest(text.length, (count) => escape(text.slice(0, count) + ending(count)).length <= chars)
  kept = niceEnd(text, kept)
  return escape(text.slice(0, kept).trimEnd() + ending(kept))
}

/** One line, escaped, whole or with an ellipsis. */
export function fittedLine(text: string, { chars, escape = String }: Omit<Room, 'language'>): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  if (escape(line).length <= chars) return escape(line)
  const kept = largest(line.length, (count) => escape(`${line.slice(0, count)}…`).length <= chars)
  return escape(`${line.slice(0, wholeCharacter(line, kept)).trimEnd()}…`)
}

/** The largest count up to `most` for which it fits; fitting ends somewhere and does not come back. */
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
  const least = Math.floor(kept * 0.8)
  for (const separator of ['\n', ' ']) {
    const at = text.lastIndexOf(separator, kept - 1)
    if (at >= least) return at
  }
  return wholeCharacter(text, kept)
}

// A pair of UTF-16 units is one character.
const wholeCharacter = (text: string, kept: number): number =>
  kept > 0 && /[\uD800-\uDBFF]/.test(text.charAt(kept - 1)) ? kept - 1 : kept
