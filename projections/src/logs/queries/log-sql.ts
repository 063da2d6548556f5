// The statements that logs in PostgreSQL are asked with. Everything from outside is a parameter.

import { ulidToUuid } from '@secumon/contracts/ids'
import { sql, type RawBuilder } from 'kysely'
import type { LiveGeneration } from '../../live-generation.ts'
import { SEALED_SCHEMA } from '../../rebuild/sealed-schema.ts'
import type { TenantScope } from '../../tenant-scope.ts'
import { COUNTED_MS, LOG_COUNTS_SHAPE } from '../counts/tables.ts'
import type { Range } from './buckets.ts'
import { linePlace } from './log-line.ts'
import type { LineFilter, LineValues, LogCursor, LogFilter, LogOrder } from './log-store.ts'
import { LOGS_SHAPE } from '../tables.ts'

export type Within = {
  readonly live: LiveGeneration
  readonly scope: TenantScope
  /** From when on counts may be taken for lines; absent: lines are counted. */
  readonly countedFromMs?: number | undefined
}

/** A row of the table. */
export type StoredLine = {
  readonly time: number
  readonly agent_id: string
  readonly epoch: number
  readonly sequence: number
  readonly line: number
  readonly source: string
  readonly unit: string
  readonly severity: number
  readonly message: string
  readonly dropped: string
}

export type LinesAsked = {
  readonly filter: LogFilter
  readonly order: LogOrder
  readonly limit: number
  readonly after: LogCursor | undefined
  /** The line that reaches so many bytes of messages is the last one. */
  readonly maxBytes: number
}

const COLUMNS = LOGS_SHAPE.columns.map(({ name }) => name).filter((name) => name !== 'tenant_id')
const PLACE = ['time', 'agent_id', 'epoch', 'sequence', 'line']

const refs = (names: readonly string[]): RawBuilder<unknown> => sql.join(names.map((name) => sql.ref(name)))

/** Lines of a range in order. */
export function linesStatement(within: Within, { filter, order, limit, after, maxBytes }: LinesAsked) {
  const direction = sql.raw(order === 'newest' ? 'desc' : 'asc')
  const ordered = sql.join(PLACE.map((name) => sql`${sql.ref(name)} ${direction}`))
  return sql<StoredLine>`select ${refs(COLUMNS)} from (
    select *, coalesce(sum(octet_length(message)) over
      (order by ${ordered} rows between unbounded preceding and 1 preceding), 0) as bytes_before
    from (select ${refs(COLUMNS)} from ${relation(within.live)}
      where ${conditions(within.scope, filter)} and ${behind(after, order)}
      order by ${ordered} limit ${limit}) as found) as measured
    where bytes_before < ${maxBytes} order by ${ordered}`
}

/** Lines per bucket and severity. @param stepMs where counts are taken, a multiple of the width of theirs */
export const countsStatement = (within: Within, filter: LogFilter, stepMs: number) =>
  sql<{ bucket: number; severity: number; lines: number }>`
    select date_bin(make_interval(secs => ${stepMs / 1000}), time, 'epoch'::timestamptz) as bucket, severity,
      sum(lines)::bigint as lines
    from ${counted(within, filter)} group by 1, 2`

/**
 * Lines per agent, source, unit and severity, each for itself: three of the four are null. Of each the values with the most
 * lines, by their place.
 */
export const facetsStatement = (within: Within, filter: LogFilter, mostValues: number) =>
  sql<{
    agent_id: string | null
    source: string | null
    unit: string | null
    severity: number | null
    lines: number
    place: number
  }>`select * from (
    select agent_id, source, unit, severity, sum(lines)::bigint as lines, row_number() over (
      partition by grouping(agent_id, source, unit, severity) order by sum(lines) desc) as place
    from ${counted(within, filter)}
    group by grouping sets ((agent_id), (source), (unit), (severity))) as placed
    where place <= ${mostValues}`

/** Whether counts can be taken for lines: of what a line says they know nothing. */
export const isOfCounted = ({ text, words, regex }: LogFilter): boolean =>
  text === undefined && words === undefined && regex === undefined

const COUNTED = ['time', 'agent_id', 'source', 'unit', 'severity']

/** Lines, each of them one; and where that is possible what they were counted to when they were written. */
function counted({ live, scope, countedFromMs = Infinity }: Within, filter: LogFilter): RawBuilder<unknown> {
  const fromMs = Math.ceil(Math.max(filter.fromMs, countedFromMs) / COUNTED_MS) * COUNTED_MS
  const toMs = Math.floor(filter.toMs / COUNTED_MS) * COUNTED_MS
  const lines = (range: Range, from: RawBuilder<unknown>) => sql`select ${refs(COUNTED)}, 1::bigint as lines
    from ${from} where ${conditions(scope, { ...filter, ...range })}`
  if (!(fromMs < toMs)) return sql`(${lines(filter, relation(live))}) as counted`
  const { table } = LOG_COUNTS_SHAPE
  const parts = [
    lines({ fromMs: filter.fromMs, toMs: fromMs }, relation(live)),
    sql`select ${refs(COUNTED)}, lines from ${sql.table(`${live.schema}.${table}`)}
      where ${conditions(scope, { ...filter, fromMs, toMs })}`,
    lines({ fromMs: toMs, toMs: filter.toMs }, relation(live)),
    ...(live.sealed ? [lines({ fromMs, toMs }, sealedRelation)] : []),
  ]
  return sql`(${sql.join(parts, sql` union all `)}) as counted`
}

function relation({ schema, sealed }: LiveGeneration): RawBuilder<unknown> {
  const own = sql.table(`${schema}.${LOGS_SHAPE.table}`)
  if (!sealed) return own
  const columns = refs([...COLUMNS, 'tenant_id'])
  return sql`(select ${columns} from ${own}
    union all select ${columns} from ${sealedRelation}) as logs`
}

const sealedRelation = sql.table(`${SEALED_SCHEMA}.${LOGS_SHAPE.table}`)

function conditions({ tenant }: TenantScope, filter: LogFilter): RawBuilder<unknown> {
  const { fromMs, toMs } = filter
  return sql.join(
    [
      sql`tenant_id = ${tenant}`,
      sql`time >= ${new Date(fromMs)}`,
      sql`time < ${new Date(toMs)}`,
      ...lineConditions(filter),
    ],
    sql` and `,
  )
}

function lineConditions({
  text,
  words = [],
  regex,
  without = {},
  ...values
}: LineFilter): RawBuilder<unknown>[] {
  return [
    ...valueConditions(values),
    ...valueConditions(without).map((isOne) => sql`not ${isOne}`),
    ...(text === undefined ? [] : [containing(text)]),
    ...words.map(containing),
    ...(regex === undefined ? [] : [sql`message ~ ${regex}`]),
  ]
}

const valueConditions = ({ agents, sources, units, severities }: LineValues): RawBuilder<unknown>[] => [
  ...(agents ? [sql`agent_id = any(${agents.map(ulidToUuid)}::uuid[])`] : []),
  ...(sources ? [sql`source = any(${[...sources]}::text[])`] : []),
  ...(units ? [sql`unit = any(${[...units]}::text[])`] : []),
  ...(severities ? [sql`severity = any(${[...severities]}::integer[])`] : []),
]

// Databases of locale C know upper and lower case of ASCII alone: of other letters both are asked for.
const containing = (text: string): RawBuilder<unknown> =>
  /^\p{ASCII}*$/u.test(text)
    ? sql`message ilike ${`%${text.replaceAll(/[\\%_]/g, '\\$&')}%`}`
    : sql`message ~ ${`(?i)${Array.from(text, eitherCase).join('')}`}`

function eitherCase(character: string): string {
  if (/[a-z0-9 ]/i.test(character)) return character
  const [lower, upper] = [character.toLowerCase(), character.toUpperCase()]
  const isLetter = lower !== upper && Array.from(lower).length === 1 && Array.from(upper).length === 1
  return isLetter ? `[${lower}${upper}]` : character.replace(/[\p{P}\p{S}]/u, '\\$&')
}

// The bound on time alone leads the index; the whole comparison settles who comes first of the same moment.
function behind(after: LogCursor | undefined, order: LogOrder): RawBuilder<unknown> {
  if (!after) return sql`true`
  const at = new Date(after.atMs)
  const place = after.id === undefined ? undefined : linePlace(after.id)
  const [than, orEqual] = order === 'newest' ? ['<', '<='] : ['>', '>=']
  // A moment alone: all before it is told, and nothing of it.
  if (!place) return sql`time ${sql.raw(order === 'newest' ? '<' : '>=')} ${at}`
  const { agent, epoch, sequence, index } = place
  return sql`time ${sql.raw(orEqual)} ${at} and (${refs(PLACE)}) ${sql.raw(than)}
    (${at}, ${ulidToUuid(agent)}::uuid, ${epoch}, ${sequence}, ${index})`
}
