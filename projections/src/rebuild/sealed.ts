// Schema `sealed`: rows older than anything a new generation could be built from. They belong to no generation; queries
// read them together with the live one's. A row is moved in one transaction, so that what both hold together never changes.

import { PLATFORM_SCHEMA } from '@secumon/migrations/migrate'
import { admitCompressed } from '@secumon/migrations/timescale'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { lockGenerations, type Generation } from '../generations.ts'
import { QUERIES_FOLLOW_MS, sealedFact } from '../live-generation.ts'
import { pause } from '../pause.ts'
import type { GenerationTable, Projector } from '../projector.ts'
import { allRows, timesHeld, unpackDay } from '../samples/packed/all-rows.ts'
import type { Build } from './build.ts'
import { columnsOf, missingColumns } from './columns.ts'
import { SEALED_SCHEMA } from './sealed-schema.ts'
import { shortened } from './shortened.ts'

type TimeTable = GenerationTable & { readonly time: string; readonly agent: string }

const timeTables = ({ tables = [] }: Pick<Projector, 'tables'>): TimeTable[] =>
  tables.filter((table): table is TimeTable => table.time !== undefined && table.agent !== undefined)

/** Moves what `live` has and the built generation cannot know. Returns the number of rows; call it before the swap. */
export async function seal(build: Build, live: Generation): Promise<number> {
  const { db, generation, projector, signal } = build
  if (live.schema === PLATFORM_SCHEMA || !(await isShorter(db, live, generation))) return 0
  const tables = await heldIn(db, live.schema, timeTables(projector))
  const moves: Day[] = []
  for (const table of tables) moves.push(...(await daysOf(build, live, table)))
  if (moves.length > 0) await announce(build, live, tables)
  let moved = 0
  for (const move of moves) {
    signal.throwIfAborted()
    moved += await db.transaction().execute(async (tx) => {
      await admitCompressed(tx)
      const rows = move.hasRows ? await moveDay(tx, move) : 0
      await projector.derived?.sealDay(tx, { live, next: generation, table: move.table.name, day: move.day })
      return rows
    })
  }
  return moved
}

/** Days of a table's rows, and of what is made of it and is kept longer. */
async function daysOf(
  { db, generation, projector }: Build,
  live: Generation,
  table: TimeTable,
): Promise<readonly Day[]> {
  const withRows = await daysBeyond(db, { live, generation, table })
  const all = new Set(withRows)
  const derived = projector.derived?.tables.filter(({ of }) => of === table.name) ?? []
  for (const made of await heldIn(db, live.schema, derived))
    for (const day of await daysBeyond(db, { live, generation, table: made })) all.add(day)
  const days = [...all].toSorted((a, b) => a - b)
  return days.map((day) => ({ live, generation, table, day, hasRows: withRows.includes(day) }))
}

/** Sealed tables get the columns that a newer generation has. In the transaction of the swap. */
export async function matchSealed(
  db: Kysely<PlatformTables>,
  projector: Projector,
  { schema }: Generation,
): Promise<void> {
  for (const { name } of timeTables(projector)) await widen(db, { schema, table: name })
}

/** Removes whole days that are past their table's time, as relations of generations lose them. Returns the number of rows. */
export async function forgetSealed(
  db: Kysely<PlatformTables>,
  projector: Pick<Projector, 'name' | 'tables' | 'derived'>,
  nowMs: number,
): Promise<number> {
  let removed = 0
  for (const { name, time, keptDays } of [...timeTables(projector), ...(projector.derived?.tables ?? [])]) {
    if (keptDays === undefined || (await columnsOf(db, SEALED_SCHEMA, name)).length === 0) continue
    const before = new Date((Math.floor(nowMs / DAY_MS) - keptDays) * DAY_MS)
    const { numAffectedRows = 0n } = await sql`delete from ${sealed(name)}
      where ${sql.ref(time)} < ${before}`.execute(db)
    removed += Number(numAffectedRows)
  }
  return removed
}

const DAY_MS = 24 * 3_600_000

const sealed = (table: string): RawBuilder<unknown> => sql.table(`${SEALED_SCHEMA}.${table}`)

async function isShorter(
  db: Kysely<PlatformTables>,
  live: Generation,
  generation: Generation,
): Promise<boolean> {
  const { rows } = await sql`select 1 from (${shortened(live, generation)}) as s limit 1`.execute(db)
  return rows.length > 0
}

// What other code made may lack some.
async function heldIn<Table extends GenerationTable>(
  db: Kysely<PlatformTables>,
  schema: string,
  tables: readonly Table[],
): Promise<readonly Table[]> {
  const held = await Promise.all(tables.map(({ name }) => columnsOf(db, schema, name)))
  return tables.filter((_, i) => held[i]?.length)
}

/** `day` counts from 1970-01-01 UTC. */
type Day = Move & { readonly day: number; readonly hasRows: boolean }

type Move = { readonly live: Generation; readonly generation: Generation; readonly table: TimeTable }

/** UTC days in which the live generation has such rows. */
async function daysBeyond(
  db: Kysely<PlatformTables>,
  { live, generation, table }: Move,
): Promise<readonly number[]> {
  const { rows } = await sql<{ day: number }>`
    select distinct floor(extract(epoch from r.time) / 86400)::int as day
    from ${await timesHeld(db, { ...table, schema: live.schema })} r
    join (${shortened(live, generation)}) s on s.agent = r.agent and r.time < s.since
    order by 1`.execute(db)
  return rows.map(({ day }) => day)
}

// Makes the tables, and gives every process's queries the time to hear of them before the first row moves.
async function announce(
  { db, signal, projector, generation }: Build,
  live: Generation,
  ofLive: readonly TimeTable[],
): Promise<void> {
  const held = new Set(ofLive.map(({ name }) => name))
  await sql`create schema if not exists ${sql.ref(SEALED_SCHEMA)}`.execute(db)
  for (const { name } of timeTables(projector)) {
    const like = held.has(name) ? live : generation
    await sql`create table if not exists ${sealed(name)}
      (like ${sql.table(`${like.schema}.${name}`)} including all)`.execute(db)
    for (const { schema } of [live, generation]) await widen(db, { schema, table: name })
  }
  await completed(db, projector, generation)
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('secumon.facts')
    .values({ name: sealedFact(live.projection), value: new Date().toISOString() })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows) await pause(QUERIES_FOLLOW_MS * 2, signal)
}

// What is made of the rows there gets its tables, too.
const completed = (db: Kysely<PlatformTables>, projector: Projector, generation: Generation): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await lockGenerations(tx, projector.name)
    await projector.completeTables?.(tx as never, generation)
  })

async function widen(db: Kysely<PlatformTables>, from: { schema: string; table: string }): Promise<void> {
  if ((await columnsOf(db, SEALED_SCHEMA, from.table)).length === 0) return
  for (const { name, type } of await missingColumns(db, from, SEALED_SCHEMA))
    await sql`alter table ${sealed(from.table)} add column if not exists ${sql.ref(name)} ${sql.raw(type)}`.execute(
      db,
    )
}

// A row that the new generation has as well (an event of long ago) stays with it alone.
async function moveDay(db: Kysely<PlatformTables>, { live, generation, table, day }: Day): Promise<number> {
  const beyond = shortened(live, generation)
  const whose = sql`exists (select from (${beyond}) s where s.agent = p.agent_id and p.first < s.since)`
  await unpackDay(db, { schema: live.schema, table: table.name, day, whose })
  const known = await allRows(db, { schema: generation.schema, table: table.name }, day)
  const from = new Date(day * DAY_MS)
  const names = (await columnsOf(db, live.schema, table.name)).map(({ name }) => name)
  const list = (prefix: string) => sql.join(names.map((name) => sql`${sql.raw(prefix)}${sql.ref(name)}`))
  const [time, agent] = [sql.ref(table.time), sql.ref(table.agent)]
  const { numAffectedRows = 0n } = await sql`
    with moved as (
      delete from ${sql.table(`${live.schema}.${table.name}`)} r using (${beyond}) s
      where r.${agent} = s.agent and r.${time} < s.since
        and r.${time} >= ${from} and r.${time} < ${new Date(from.getTime() + DAY_MS)}
        and not exists (select from ${known} n
          where n.${agent} = r.${agent} and n.${time} = r.${time}
            and row(${list('n.')}) is not distinct from row(${list('r.')}))
      returning ${list('r.')})
    insert into ${sealed(table.name)} (${list('')}) select ${list('')} from moved`.execute(db)
  return Number(numAffectedRows)
}
