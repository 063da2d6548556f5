// A question for logs: its words checked, its moments made absolute, its range bounded.

import { isUlid } from '@secumon/contracts/ids'
import { LOG_SEVERITIES } from '@secumon/contracts/log-severity'
import type {
  LineFilter,
  LineValues,
  LogCursor,
  LogFilter,
} from '@secumon/projections/logs/queries/log-store'
import { linePlace } from '@secumon/projections/logs/queries/log-line'
import type { z } from 'zod'
import { Failure } from '../failures.ts'
import { requireWords, spanOf } from '../query-values.ts'
import type { LogFilterQuery, LogTailQuery } from '../schemas/logs.ts'

const MAX_RANGE_MS = 400 * 24 * 3_600_000
const MAX_NAMES = 50

type FilterQuery = z.output<typeof LogTailQuery>

/** Which lines. @throws Failure 400 that says which part is wrong and what to do */
export function lineFilter(query: FilterQuery): LineFilter {
  const without = valuesOf(query, 'not_')
  return {
    ...valuesOf(query, ''),
    ...(Object.keys(without).length > 0 && { without }),
    ...(query.text !== undefined && { text: query.text }),
    ...(query.words !== undefined && { words: wordsOf(query.words) }),
    ...(query.regex !== undefined && { regex: query.regex }),
  }
}

function valuesOf(query: FilterQuery, prefix: '' | 'not_'): LineValues {
  const severity = query[`${prefix}severity`]
  requireWords(`${prefix}severity`, severity, LOG_SEVERITIES)
  const agents = namesOf(`${prefix}agents`, query[`${prefix}agents`])
  if (agents?.some((agent) => !isUlid(agent)))
    throw refused(`query.${prefix}agents: names ULIDs, 26 characters each`)
  const sources = namesOf(`${prefix}sources`, query[`${prefix}sources`])
  const units = namesOf(`${prefix}units`, query[`${prefix}units`])
  const severities = severity?.split(',').map((name) => LOG_SEVERITIES.findIndex((known) => known === name))
  return {
    ...(agents && { agents }),
    ...(sources && { sources }),
    ...(units && { units }),
    ...(severities && { severities }),
  }
}

/** Which lines, and when. @throws Failure 400 that says which part is wrong and what to do */
export function logFilter(query: z.output<typeof LogFilterQuery>, nowMs: number): LogFilter {
  const { from, to } = spanOf({ from: query.from, to: query.to ?? nowMs }, { nowMs, maxMs: MAX_RANGE_MS })
  return { ...lineFilter(query), fromMs: from, toMs: to }
}

function wordsOf(list: string): string[] {
  const words = [...new Set(list.split(/\s+/))].filter((word) => word !== '')
  if (words.length === 0) throw refused('query.words names nothing')
  return words
}

function namesOf(field: string, list: string | undefined): string[] | undefined {
  if (list === undefined) return undefined
  const names = [...new Set(list.split(','))].filter((name) => name !== '')
  if (names.length === 0) throw refused(`query.${field} names nothing`)
  if (names.length > MAX_NAMES) throw refused(`query.${field} names ${names.length}; at most ${MAX_NAMES}`)
  return names
}

/** What the answer calls `next`. */
export const cursorText = (cursor: LogCursor | undefined): string | null =>
  cursor ? Buffer.from(`${cursor.atMs}/${cursor.id ?? ''}`).toString('base64url') : null

/** @throws Failure 400 for what no answer has called `next` */
export function cursorOf(text: string): LogCursor {
  const [, atMs, id] = /^(\d{1,15})\/([\w.]*)$/.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? []
  if (atMs === undefined || id === undefined || (id !== '' && !linePlace(id)))
    throw refused('query.cursor is not `next` of an answer')
  return { atMs: Number(atMs), ...(id !== '' && { id }) }
}

const refused = (detail: string): Failure => new Failure(400, 'invalid request', { detail })
