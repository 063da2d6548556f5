// How PostgreSQL's values look in our code: bigint and numeric are numbers, timestamptz is epoch milliseconds.

import pg from 'pg'

const { builtins } = pg.types

const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [builtins.INT8, safeInteger],
  [builtins.NUMERIC, Number],
  [builtins.TIMESTAMPTZ, epochMs],
])

/** Parsers for `pg`: ours for bigint, numeric and timestamptz, the library's for the rest. */
export const TYPES: pg.CustomTypesConfig = {
  getTypeParser(oid, format): (text: string) => unknown {
    return (format === 'binary' ? undefined : PARSERS.get(oid)) ?? pg.types.getTypeParser(oid, format)
  },
}

/** @throws RangeError beyond 2^53: never a silently wrong number */
export function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`a bigint beyond 2^53: ${text}`)
  return value
}

/** PostgreSQL's ISO text, `2026-01-02 03:04:05.678+00`, as epoch milliseconds. */
export function epochMs(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}${/[+-]\d\d$/.test(text) ? ':00' : ''}`)
}
