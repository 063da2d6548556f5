// The metric tables: every observation becomes rows, in order, each exactly once.

import { ulidToUuid } from '@secumon/contracts/ids'
import { copyRows } from '@secumon/infra/database/copy-rows'
import type { WriteRows } from '@secumon/infra/database/row-writer'
import { NO_PARTITION } from '@secumon/migrations/partitions'
import pg from 'pg'
import { BoundedMap } from '../bounded-map.ts'
import { SinkUnavailable } from '../failure.ts'
import { isCorrected, observedAtMs } from '../observed-at.ts'
import type { Fact, FrameFact, Projector } from '../projector.ts'
import { checkObservations } from './check-observation.ts'
import { dayOfMs, dayPartitions } from './day-partitions.ts'
import { sampleWriter, type SampleWriter } from './sample-writer.ts'
import { createSamplesTables } from './tables.ts'

/** Days that raw samples are kept. What is older when it arrives is not stored: its day is already gone. */
export const SAMPLE_RETENTION_DAYS = 30
const RETENTION_MS = SAMPLE_RETENTION_DAYS * 24 * 3_600_000
const REMEMBERED_AGENTS = 50_000

export type SamplesProjectorOptions = {
  /** Absent: binary COPY. */
  readonly writeRows?: WriteRows
}

/** One instance per loop: it keeps the buffers of the rows being written. */
export function samplesProjector({ writeRows = copyRows }: SamplesProjectorOptions = {}): Projector {
  const writer = sampleWriter(writeRows)
  const partitions = dayPartitions()
  const agentIds = agentIdCache()

  return {
    name: 'samples',
    version: 1,
    feeds: ['telemetry'],
    sink: 'sql',
    createTables: createSamplesTables,
    forget: () => partitions.forget(),
    check(fact) {
      if (fact.kind === 'frame') checkObservations(fact.observations())
    },
    async project(batch, tx, schema) {
      writer.clear()
      const days = addFrames(writer, batch, agentIds)
      if (days.size === 0) return undefined
      try {
        const afterCommit = await partitions.ensure(tx, schema, days)
        await writer.write(tx, schema)
        return afterCommit
      } catch (error) {
        throw missesItsDay(error)
          ? new SinkUnavailable('a partition was dropped meanwhile', { cause: error })
          : error
      }
    },
  }
}

const missesItsDay = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === NO_PARTITION && error.constraint === undefined

type AgentIds = (agent: string) => Uint8Array

/** Adds all frames' rows and tells which days they lie in. */
function addFrames(writer: SampleWriter, batch: readonly Fact[], agentIds: AgentIds): Set<number> {
  const days = new Set<number>()
  for (const fact of batch)
    if (fact.kind === 'frame') addFrame(writer, fact, { days, agent: agentIds(fact.header.agent) })
  return days
}

type Placement = { readonly days: Set<number>; readonly agent: Uint8Array }

function addFrame(writer: SampleWriter, frame: FrameFact, { days, agent }: Placement): void {
  const { tenant } = frame.header
  const clockCorrected = isCorrected(frame)
  for (const observation of frame.observations()) {
    const atMs = observedAtMs(observation, frame)
    if (atMs < frame.receivedAtMs - RETENTION_MS) continue
    days.add(dayOfMs(atMs))
    writer.add(
      { atMs, tenant, agent, clockCorrected: clockCorrected || atMs !== Number(observation.atMs) },
      observation,
    )
  }
}

function agentIdCache(): AgentIds {
  const known = new BoundedMap<string, Uint8Array>(REMEMBERED_AGENTS)
  return (agent) => {
    const bytes = known.get(agent) ?? Buffer.from(ulidToUuid(agent).replaceAll('-', ''), 'hex')
    if (!known.has(agent)) known.set(agent, bytes)
    return bytes
  }
}
