// Messages of log lines made readable: without terminal codes, on one line, what was searched for marked.

import { searchedParts } from './log-filter.ts'
import { jsonRow } from './log-json.ts'

/** Longest part of a message that a row shows and in which matches are looked for. */
export const SHOWN_CHARACTERS = 2_000
const MOST_MATCHES = 50

// CSI sequences (ECMA-48 § 5.4), OSC strings ended by BEL or ST, and escapes of two or three characters.
const TERMINAL_CODES = new RegExp(
  [String.raw`\[[0-?]*[ -/]*[@-~]`, String.raw`\][^\x07\x1b]*(?:\x07|\x1b\\)?`, '[ -/]+[0-~]', '[0-Z\\\\^-~]']
    .map((code) => `${String.fromCharCode(27)}${code}`)
    .join('|'),
  'g',
)
/** Control characters but for the end of a line and the tabulator. */
const CONTROLS = /(?![\n\t])\p{Cc}/gu

/** The message without colours and cursor moves, and with other control characters made visible. */
export function plainText(message: string): string {
  const text = message.includes('\u001b') ? message.replace(TERMINAL_CODES, '') : message
  return text.replace(/\r\n/g, '\n').replace(CONTROLS, pictureOf)
}

/** Unicode has a picture for each of the first 32. */
function pictureOf(control: string): string {
  const code = control.charCodeAt(0)
  return code < 32 ? String.fromCharCode(0x2400 + code) : '\ufffd'
}

/** What a row shows of a message: the beginning, with its own lines and in full JSON where rows wrap. */
export function rowText(message: string, wrapped: boolean): string {
  const cut = message.length > 2 * SHOWN_CHARACTERS ? message.slice(0, 2 * SHOWN_CHARACTERS) : message
  const text = plainText(cut).trimEnd()
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
  return wrapped ? shown : oneLine(shown)
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ↵ ').replaceAll('\t', '  ')

/** A row's text in parts. JSON on one line reads as a sentence with fields, unless what was searched for is its form. */
export function rowParts(
  message: string,
  { wrapped, marker }: { readonly wrapped: boolean; readonly marker: RegExp | undefined },
): readonly Part[] {
  const readable = wrapped ? undefined : jsonRow(message)
  const parts =
    readable === undefined ? [] : markedParts(oneLine(plainText(readable.slice(0, SHOWN_CHARACTERS))), marker)
  const isFound = marker === undefined || parts.some(({ match }) => match)
  return parts.length > 0 && isFound ? parts : markedParts(rowText(message, wrapped), marker)
}

export type Part = { readonly text: string; readonly match: boolean }

/** Cuts a text where the pattern matches; one part when it does not. @param pattern global */
export function markedParts(text: string, pattern: RegExp | undefined): readonly Part[] {
  if (!pattern || text === '') return [{ text, match: false }]
  const parts: Part[] = []
  let end = 0
  for (const { index, 0: found } of text.matchAll(pattern)) {
    if (found === '') continue
    if (index > end) parts.push({ text: text.slice(end, index), match: false })
    parts.push({ text: found, match: true })
    end = index + found.length
    if (parts.length >= 2 * MOST_MATCHES) break
  }
  if (end < text.length) parts.push({ text: text.slice(end), match: false })
  return parts
}

/** A group that repeats, or many repetitions one after another, may take for ever in a browser. */
const RISKY = /\)\s*[*+{]|\\\d|(?:[*+{].*){3}/s

/** What marks the matches of a search; undefined where there is nothing to mark, or where marking could hang the page. */
export function markerOf(text: string, regex: boolean): RegExp | undefined {
  if (text === '') return undefined
  if (!regex) {
    // The longest first: of two that begin alike, all of it is marked.
    const parts = searchedParts(text).toSorted((a, b) => b.length - a.length)
    return new RegExp((parts.length > 0 ? parts : [text]).map(escaped).join('|'), 'giu')
  }
  if (RISKY.test(text)) return undefined
  try {
    return new RegExp(text, 'gu')
  } catch {
    // The server's dialect is another: what this browser cannot read is found all the same, only not marked.
    return undefined
  }
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
