// Which buckets the rows of a batch lie in, and the marks on those of them that have been made: they are to be made again.
// What is remembered of an observation are three numbers, and nothing for one that falls into the same bucket as the last.

import type { Observation } from '@secumon/contracts/gen/observation'
import type { MetricTable } from '@secumon/contracts/metrics'
import { sql } from 'kysely'
import type { GenerationTx } from '../../projector.ts'
import { isOfSamples } from './columns.ts'
import { ROLLUPS, type Rollup } from './definitions.ts'
import { holdSteps } from './progress.ts'

const OF_SAMPLES = ROLLUPS.filter(isOfSamples)
/** All others are multiples of it. */
const FINEST_MS = Math.min(...OF_SAMPLES.map(({ resolutionMs }) => resolutionMs))

const BITS: Record<MetricTable, number> = {
  metrics: 1,
  disk_metrics: 2,
  network_metrics: 4,
  process_metrics: 8,
  check_metrics: 16,
  custom_metrics: 32,
}

export type TouchedBuckets = {
  /** @param agent 16 bytes, which stay as they are */
  add(agent: Uint8Array, atMs: number, observation: Observation): void
  /** Marks what has been made already. After the rows, in their transaction. */
  mark(tx: GenerationTx, schema: string): Promise<void>
  clear(): void
}

/** Its arrays are kept from batch to batch. */
export function touchedBuckets(): TouchedBuckets {
  const agents: Uint8Array[] = []
  const bucketsMs: number[] = []
  const tables: number[] = []
  let oldestMs = Infinity

  function add(agent: Uint8Array, atMs: number, observation: Observation): void {
    const bucketMs = floorTo(atMs, FINEST_MS)
    const last = agents.length - 1
    if (agents[last] === agent && bucketsMs[last] === bucketMs) {
      tables[last] = (tables[last] ?? 0) | tablesOf(observation)
      return
    }
    oldestMs = Math.min(oldestMs, bucketMs)
    agents.push(agent)
    bucketsMs.push(bucketMs)
    tables.push(tablesOf(observation))
  }

  function marksOf({ name, table, resolutionMs }: Rollup, beforeMs: number): Mark[] {
    const marks = new Map<string, Mark>()
    if (oldestMs >= beforeMs) return []
    for (const [i, finestMs] of bucketsMs.entries()) {
      const agent = agents[i]
      if (finestMs >= beforeMs || agent === undefined || ((tables[i] ?? 0) & BITS[table]) === 0) continue
      const mark = { relation: name, agent: hexOf(agent), bucketMs: floorTo(finestMs, resolutionMs) }
      marks.set(`${mark.agent}/${mark.bucketMs}`, mark)
    }
    return [...marks.values()]
  }

  async function mark(tx: GenerationTx, schema: string): Promise<void> {
    if (agents.length === 0) return
    await holdSteps(tx, schema)
    const made = await madeBefore(tx, schema)
    const marks = OF_SAMPLES.flatMap((rollup) => marksOf(rollup, made.get(rollup.name) ?? -Infinity))
    if (marks.length > 0) await insertMarks(tx, schema, marks)
  }

  function clear(): void {
    for (const held of [agents, bucketsMs, tables]) held.length = 0
    oldestMs = Infinity
  }

  return { add, mark, clear }
}

const floorTo = (ms: number, widthMs: number): number => Math.floor(ms / widthMs) * widthMs
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const tablesOf = (observation: Observation): number => {
  const { host, temperatures, filesystems, blockDevices, networks, checks, custom } = observation
  return (
    (host || temperatures ? BITS.metrics : 0) |
    (filesystems || blockDevices ? BITS.disk_metrics : 0) |
    (networks ? BITS.network_metrics : 0) |
    (checks.length > 0 ? BITS.check_metrics : 0) |
    (custom ? BITS.custom_metrics : 0)
  )
}

/** Rows before these times have to mark their bucket, by the rollup's name; of others nothing was made yet. */
async function madeBefore(tx: GenerationTx, schema: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ relation: string; before: number }>`
    select r.relation, r.stepping_to as before from secumon.generations g
    join secumon.rollups r on (r.projection, r.version) = (g.projection, g.generation)
    where g.schema = ${schema}`.execute(tx)
  return new Map(rows.map(({ relation, before }) => [relation, before]))
}

type Mark = { readonly relation: string; readonly agent: string; readonly bucketMs: number }

async function insertMarks(tx: GenerationTx, schema: string, marks: readonly Mark[]): Promise<void> {
  await sql`insert into secumon.rollup_dirty (projection, version, relation, agent, bucket)
    select g.projection, g.generation, m.relation, m.agent, m.bucket from secumon.generations g,
      unnest(${marks.map(({ relation }) => relation)}::text[], ${marks.map(({ agent }) => agent)}::uuid[],
        ${marks.map(({ bucketMs }) => new Date(bucketMs))}::timestamptz[]) as m (relation, agent, bucket)
    where g.schema = ${schema}`.execute(tx)
}
