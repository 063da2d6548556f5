// Regular expressions that somebody configured, and that every line of a log runs through. Only those are taken that can
// be matched in time linear in the line (no look-ahead, no back-reference): no line makes one run for minutes, whoever
// wrote it. V8 tells which they are, and matches so when its usual way takes too many steps.

import { setFlagsFromString } from 'node:v8'
import { errorText } from '../error-code.ts'

const MAX_SOURCE_LENGTH = 1_000
/** Of a text that the usual way may be tried on: it falls back soon, but once per place where a match could begin. */
const SHORT = 4_096

/** A pattern that is not taken; the message says why. */
export class BadPattern extends Error {
  override readonly name = 'BadPattern'
}

export type LinearPattern = {
  test(text: string): boolean
  /** Replaces every match; `$1` … in the replacement are the groups. */
  replace(text: string, replacement: string): string
}

let areFlagsSet = false

function setFlags(): void {
  if (areFlagsSet) return
  setFlagsFromString('--enable-experimental-regexp-engine')
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
  setFlagsFromString('--regexp-backtracks-before-fallback=10000')
  areFlagsSet = true
}

/** @throws BadPattern */
export function linearPattern(source: string): LinearPattern {
  if (source === '' || source.length > MAX_SOURCE_LENGTH)
    throw new BadPattern(`a pattern has 1 – ${MAX_SOURCE_LENGTH} characters`)
  setFlags()
  const [linear, usual] = [compiled(source, 'gl'), compiled(source, 'g')]
  if (linear.test('')) throw new BadPattern(`${source} matches nothing at all, everywhere`)
  const fit = (text: string): RegExp => {
    const pattern = text.length > SHORT ? linear : usual
    pattern.lastIndex = 0
    return pattern
  }
  return {
    test: (text) => fit(text).test(text),
    replace: (text, replacement) => text.replace(fit(text), replacement),
  }
}

function compiled(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (error) {
    throw new BadPattern(errorText(error), { cause: error })
  }
}
