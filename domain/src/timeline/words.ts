// One line of a script in words: the time, what happens then, and after `|` what is expected of it. Commas part clauses,
// quotes keep spaces, `#` begins a comment.

import { TimelineFault, type Place } from './fault.ts'

export type Word = Place & {
  readonly text: string
  /** Column behind it. */
  readonly end: number
  readonly quoted: boolean
}

/** Words up to a comma. */
export type Clause = readonly [Word, ...Word[]]

export type SplitLine = {
  /** Undefined where the line goes on with what is expected of the one before. */
  readonly time: Word | undefined
  readonly inputs: readonly Clause[]
  readonly expected: readonly Clause[]
}

type Mark = Place & { readonly mark: ',' | '|' }

const TOKEN =
  /(?<space>\s+)|(?<comment>#.*)|(?<mark>[,|])|(?<word>(?:'[^']*'|"[^"]*"|\[[^\]]*\]|[^\s,|'"[])+)/y
const QUOTED = /'([^']*)'|"([^"]*)"/g

/** Undefined for a line that says nothing. @throws TimelineFault */
export function splitLine(text: string, line: number): SplitLine | undefined {
  const tokens = tokensOf(text, line)
  const [first] = tokens
  if (!first) return undefined
  const time = 'mark' in first ? undefined : first
  if ('mark' in first && first.mark !== '|') throw new TimelineFault('a line begins with its time', first)
  const rest = time ? tokens.slice(1) : tokens
  const bar = rest.findIndex((token) => 'mark' in token && token.mark === '|')
  const [before, after] = bar < 0 ? [rest, []] : [rest.slice(0, bar), rest.slice(bar + 1)]
  return { time, inputs: clausesOf(before), expected: clausesOf(after) }
}

function tokensOf(text: string, line: number): (Word | Mark)[] {
  const tokens: (Word | Mark)[] = []
  for (let at = 0; at < text.length;) {
    TOKEN.lastIndex = at
    const groups = TOKEN.exec(text)?.groups
    const place = { line, column: at + 1 }
    if (!groups) throw new TimelineFault('this quote or bracket is not closed', place)
    at = TOKEN.lastIndex
    const { word, mark } = groups
    if (mark === ',' || mark === '|') tokens.push({ ...place, mark })
    if (word !== undefined) tokens.push(wordOf(word, place))
  }
  return tokens
}

const wordOf = (raw: string, place: Place): Word => ({
  ...place,
  text: raw.replaceAll(QUOTED, (_, single?: string, double?: string) => single ?? double ?? ''),
  end: place.column + raw.length,
  quoted: raw.startsWith("'") || raw.startsWith('"'),
})

function clausesOf(tokens: readonly (Word | Mark)[]): Clause[] {
  const clauses: Clause[] = []
  let words: Word[] = []
  const close = (mark: Mark | undefined): void => {
    const [first, ...rest] = words
    if (first) clauses.push([first, ...rest])
    else if (mark) throw new TimelineFault('nothing stands before this', mark)
    words = []
  }
  for (const token of tokens) {
    if (!('mark' in token)) words.push(token)
    else if (token.mark === '|') throw new TimelineFault('a line has one `|`', token)
    else close(token)
  }
  close(undefined)
  return clauses
}

/** The word as a script would say it. */
export const inQuotes = (text: string): string =>
  text === '' || /[\s,|#'"[]/.test(text) ? (text.includes("'") ? `"${text}"` : `'${text}'`) : text
