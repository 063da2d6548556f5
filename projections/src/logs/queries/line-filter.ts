// Whether a line is one of those that are asked for, where no store decides it: while it is followed live, and in the
// archive. Regular expressions are the database's: one that takes for ever in this process would stop everybody.

import { LOG_SEVERITIES } from '@secumon/contracts/log-severity'
import { sql, type Kysely } from 'kysely'
import pg from 'pg'
import type { LogLine } from './log-line.ts'
import { LogQueryRefused, type LineFilter, type LineValues } from './log-store.ts'

/** The filter but for its regular expression. */
export function lineMatcher({
  text,
  words = [],
  without,
  ...values
}: LineFilter): (line: LogLine) => boolean {
  const parts = [...(text === undefined ? [] : [text]), ...words].map((part) => part.toLowerCase())
  const within = valueMatchers(values)
  const outside = valueMatchers(without ?? {})
  return (line) =>
    within.every((has) => has(line)) &&
    !outside.some((has) => has(line)) &&
    (parts.length === 0 || hasAll(line.message.toLowerCase(), parts))
}

const hasAll = (message: string, parts: readonly string[]): boolean =>
  parts.every((part) => message.includes(part))

function valueMatchers({ agents, sources, units, severities }: LineValues): ((line: LogLine) => boolean)[] {
  const names = severities?.map((number) => LOG_SEVERITIES[number])
  return [
    ...(agents ? [({ agent }: LogLine) => agents.includes(agent)] : []),
    ...(sources ? [({ source }: LogLine) => sources.includes(source)] : []),
    ...(units ? [({ unit }: LogLine) => unit !== null && units.includes(unit)] : []),
    ...(names ? [({ severity }: LogLine) => names.includes(severity)] : []),
  ]
}

/** Which of the messages a regular expression matches. @throws LogQueryRefused when it is none, or takes too long */
export type MatchMessages = (regex: string, messages: readonly string[]) => Promise<readonly boolean[]>

const MATCH_WITHIN_MS = 1_000

/** By PostgreSQL, which gives up in time. */
export const matchingIn =
  (db: Kysely<unknown>): MatchMessages =>
  (regex, messages) =>
    db.transaction().execute(async (tx) => {
      await sql`select set_config('statement_timeout', ${String(MATCH_WITHIN_MS)}, true)`.execute(tx)
      try {
        const { rows } = await sql<{ matches: boolean }>`select message ~ ${regex} as matches
          from unnest(${['', ...messages]}::text[]) with ordinality as m (message, n) order by n`.execute(tx)
        return rows.slice(1).map(({ matches }) => matches)
      } catch (error) {
        throw refusalOf(error) ?? error
      }
    })

/** What PostgreSQL's error says of a question; undefined: nothing. */
export function refusalOf(error: unknown): LogQueryRefused | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined
  // invalid_regular_expression
  if (error.code === '2201B') return new LogQueryRefused('regex', error.message, { cause: error })
  // query_canceled
  if (error.code === '57014')
    return new LogQueryRefused('slow', 'narrow the range, or name agents and sources', { cause: error })
  return undefined
}
