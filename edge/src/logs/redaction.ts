// What never leaves the host: taken out of every event before it is kept anywhere.

import { linearPattern, type LinearPattern } from './linear-pattern.ts'

export type Redaction = { readonly pattern: LinearPattern; readonly replacement: string }

/** Patterns by name. The first three are on where the configuration does not say otherwise. */
export const BUILT_IN = {
  'bearer-token': ['([Bb][Ee][Aa][Rr][Ee][Rr]|[Bb][Aa][Ss][Ii][Cc]) +[A-Za-z0-9._~+/-]+=*', '$1 [redacted]'],
  'password-assignment': [
    '((?:[Pp][Aa][Ss][Ss][Ww][Oo][Rr][Dd]|[Pp][Aa][Ss][Ss][Ww][Dd]|[Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Oo][Kk][Ee][Nn]|' +
      '[Aa][Pp][Ii][_-]?[Kk][Ee][Yy])[\\\\]?["\']?\\s*[=:]\\s*)' +
      // Escapes are part of what is quoted, and a quotation that is cut off goes to the end.
      '(?:\\\\"[^"]*"?|"(?:[^"\\\\]|\\\\.)*"?|\'[^\']*\'?|[^\\s,;&"\'}]+)',
    '$1[redacted]',
  ],
  'url-password': ['([A-Za-z][A-Za-z0-9+.-]*://[^\\s/:@]*:)[^\\s/@]+@', '$1[redacted]@'],
  'credit-card': [
    '\\b(?:\\d\\d\\d\\d[ -]\\d\\d\\d\\d[ -]\\d\\d\\d\\d[ -]\\d\\d\\d\\d|3[47]\\d\\d[ -]\\d\\d\\d\\d\\d\\d[ -]\\d\\d\\d\\d\\d|' +
      '[3-6]\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d?)\\b',
    '[redacted]',
  ],
} as const

export type BuiltIn = keyof typeof BUILT_IN

export const DEFAULT_BUILT_IN: readonly BuiltIn[] = ['bearer-token', 'password-assignment', 'url-password']

export const isBuiltIn = (name: unknown): name is BuiltIn =>
  typeof name === 'string' && Object.hasOwn(BUILT_IN, name)

export const builtIn = (name: BuiltIn): Redaction => ({
  pattern: linearPattern(BUILT_IN[name][0]),
  replacement: BUILT_IN[name][1],
})

export const redacted = (text: string, redactions: readonly Redaction[]): string =>
  redactions.reduce((rest, { pattern, replacement }) => pattern.replace(rest, replacement), text)
