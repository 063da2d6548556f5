// What comes of a script, in its own words, and what it expects: a kind and some words, all of which have to fit.

import { TimelineFault } from './fault.ts'
import { inQuotes, type Clause, type Word } from './words.ts'

export const HAPPENINGS = [
  'pending',
  'firing',
  'resolved',
  'flapping',
  'settled',
  'relabelled',
  'unacknowledged',
  'muted',
  'unmuted',
  'notify',
  'nobody',
  'failed',
  'dead',
  'refused',
] as const
export type HappeningKind = (typeof HAPPENINGS)[number]

export type Happening = {
  /** Since the beginning. */
  readonly atMs: number
  readonly kind: HappeningKind
  /** Words that have to be said where it is expected … */
  readonly marks: readonly string[]
  /** … those that may be … */
  readonly names: readonly string[]
  /** … and those that may be and are hardly ever needed. */
  readonly also?: readonly string[]
}

export type Expectation = {
  readonly kind: HappeningKind
  readonly words: readonly string[]
  /** Once or more; else once. */
  readonly often: boolean
  /** As it stands in the file. */
  readonly text: string
}

/** Says that nothing is expected. */
const NOTHING = 'nothing'
/** Says that it happens once or more. */
const OFTEN = 'often'

/** @throws TimelineFault */
export function parseExpectations(clauses: readonly Clause[], line: string): Expectation[] {
  return clauses.flatMap((clause) => {
    const [first, ...more] = clause
    if (first.text === NOTHING) {
      if (clauses.length > 1 || more.length > 0) throw new TimelineFault('nothing stands alone', first)
      return []
    }
    const often = first.text === OFTEN
    const [kind = first, ...words] = often ? more : clause
    return {
      kind: kindOf(kind),
      words: words.map(({ text }) => text),
      often,
      text: line.slice(first.column - 1, (more.at(-1) ?? first).end - 1),
    }
  })
}

function kindOf(word: Word): HappeningKind {
  const kind = HAPPENINGS.find((each) => each === word.text)
  if (kind) return kind
  throw new TimelineFault(`${word.text} never happens; it is ${HAPPENINGS.join(', ')} or nothing`, word)
}

/** As a script would say it. */
export const inScript = ({ kind, marks, names }: Happening): string =>
  [kind, ...[...marks, ...names].filter((word) => word !== '').map(inQuotes)].join(' ')

/** True when this is what was expected. */
export function isExpected(happening: Happening, { kind, words }: Expectation): boolean {
  const { marks, names, also = [] } = happening
  const sayable = new Set([...marks, ...names, ...also])
  return (
    happening.kind === kind &&
    marks.every((mark) => words.includes(mark)) &&
    words.every((word) => sayable.has(word))
  )
}
