// One line of `journalctl --output=json`.

import type { SourceLine } from './log-source.ts'
import { severityOfPriority } from './severity.ts'

export type JournalEntry = { readonly cursor: string; readonly line: SourceLine | undefined }

/** Fields that are asked for; cursor and times come anyway. */
export const JOURNAL_FIELDS = ['MESSAGE', 'PRIORITY', 'SYSLOG_IDENTIFIER', '_SYSTEMD_UNIT', '_COMM'] as const

const MAX_NAME_LENGTH = 200

/** An entry; without a line when it has no message. Undefined when this is no entry. */
export function readJournalEntry(json: string): JournalEntry | undefined {
  const fields = parsed(json)
  const cursor = fields?.['__CURSOR']
  if (!fields || typeof cursor !== 'string') return undefined
  const text = message(fields['MESSAGE'])
  if (text === '') return { cursor, line: undefined }
  const priority = Number(fields['PRIORITY'] ?? Number.NaN)
  const atMs = Math.floor(Number(fields['__REALTIME_TIMESTAMP']) / 1_000)
  return {
    cursor,
    line: {
      text,
      unit: program(fields),
      ...(Number.isInteger(priority) && { severity: severityOfPriority(priority) }),
      ...(Number.isSafeInteger(atMs) && { atMs }),
    },
  }
}

function parsed(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

// Text, the bytes of what is no UTF-8 or holds control characters, or a list of either where the field came twice.
function message(value: unknown): string {
  if (typeof value === 'string') return tidy(value)
  if (!Array.isArray(value)) return ''
  const isBytes = value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)
  return isBytes ? tidy(Buffer.from(value).toString('utf8')) : value.map(message).filter(Boolean).join('\n')
}

const tidy = (text: string): string => text.replaceAll('\0', '\ufffd').trimEnd()

// A service is called by its unit; what runs in scopes and slices by its own name.
function program(fields: Readonly<Record<string, unknown>>): string {
  const [unit, identifier, command] = ['_SYSTEMD_UNIT', 'SYSLOG_IDENTIFIER', '_COMM'].map((name) => {
    const value = fields[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  })
  const name = unit?.endsWith('.service') ? unit : (identifier ?? unit ?? command ?? '')
  return name.slice(0, MAX_NAME_LENGTH)
}
