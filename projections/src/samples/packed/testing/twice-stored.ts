// Samples that are written twice in one transaction: into a generation, where they are packed, and into tables that
// nothing ever touches. Whatever is asked of both has the same answer, in any snapshot.

import { create } from '@bufbuild/protobuf'
import { ObservationSchema } from '@secumon/contracts/gen/observation'
import { ulidToUuid } from '@secumon/contracts/ids'
import { copyRows } from '@secumon/infra/database/copy-rows'
import { untyped, type Database } from '@secumon/infra/database/database'
import { createPartition, DAY_MS } from '@secumon/migrations/partitions'
import { sql, type Transaction } from 'kysely'
import { ensureGeneration } from '../../../generations.ts'
import { agentId, type ObservationInit } from '../../../testing/recorded.ts'
import { dayOfMs } from '../../day-partitions.ts'
import { heldRows, type WantedRows } from '../../held-rows.ts'
import { samplesProjector } from '../../project.ts'
import { packedName } from '../packed-shape.ts'
import { sampleWriter, type Stamp } from '../../sample-writer.ts'
import { SAMPLE_TABLES } from '../../tables.ts'

export type Written = {
  readonly atMs: number
  /** A small number. */
  readonly agent: number
  readonly tenant?: string
  readonly clockCorrected?: boolean
  /** Its own time does not count. */
  readonly observation: ObservationInit
}

export type TwiceStored = Awaited<ReturnType<typeof storeTwice>>

/** A new generation of a projection of its own, and as many tables again in schema `<its schema>_kept`. */
export async function storeTwice(db: Database, name: string) {
  const { schema } = await ensureGeneration(db, { ...samplesProjector(), name })
  const kept = `${schema}_kept`
  await sql`create schema ${sql.ref(kept)}`.execute(db)
  for (const { table } of SAMPLE_TABLES)
    await sql`create table ${sql.table(`${kept}.${table}`)} (like ${sql.table(`${schema}.${table}`)})`.execute(
      db,
    )
  const writer = sampleWriter(copyRows)
  const live = { schema, sealed: false, packed: true }

  async function write(written: readonly Written[]): Promise<void> {
    for (const day of new Set(written.map(({ atMs }) => dayOfMs(atMs))))
      for (const { table } of SAMPLE_TABLES)
        for (const each of [table, packedName(table)]) await createPartition(db, { schema, table: each, day })
    await db.transaction().execute(async (tx) => {
      for (const into of [schema, kept]) {
        for (const each of written) writer.add(stampOf(each), observationOf(each))
        await writer.write(tx as Transaction<unknown>, into)
      }
    })
  }

  /** How many rows only one of the two has, of those that are wanted. */
  async function differences(wanted: WantedRows, asking = db): Promise<number> {
    const { fromMs = 0, toMs = Date.now() + DAY_MS, agent, relation } = wanted
    const names =
      wanted.columns ?? SAMPLE_TABLES.find(({ table }) => table === relation)?.columns.map((c) => c.name)
    const columns = sql.join(
      ['time', 'agent_id', ...(names ?? [])].map((column) => sql`r.${sql.ref(column)}`),
    )
    const condition = sql`r.time >= ${new Date(fromMs)} and r.time < ${new Date(toMs)}
      and ${agent === undefined ? sql`true` : sql`r.agent_id = ${ulidToUuid(agent)}::uuid`}`
    const held = sql`select ${columns} from ${heldRows(live, wanted)} r where ${condition}`
    const written = sql`select ${columns} from ${sql.table(`${kept}.${relation}`)} r where ${condition}`
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from (
      (${held} except all ${written}) union all (${written} except all ${held})) d`.execute(asking)
    return rows[0]?.n ?? 0
  }

  return { db: untyped(db), schema, write, differences }
}

const stampOf = ({ atMs, agent, tenant = 'main', clockCorrected = false }: Written): Stamp => ({
  atMs,
  tenant,
  clockCorrected,
  agent: Buffer.from(uuidOf(agent).replaceAll('-', ''), 'hex'),
})

const observationOf = ({ atMs, observation }: Written) =>
  Object.assign(create(ObservationSchema, observation), { atMs: BigInt(atMs) })

/** As the database writes it. */
export const uuidOf = (agent: number): string => ulidToUuid(agentId(agent))
