// The rows of the batch under way: each frame is decoded, checked and encoded at once, so that only bytes stay in
// memory. (A batch of decoded frames outlives several garbage collections, and costs more than decoding it.)

import { ulidToUuid } from '@secumon/contracts/ids'
import type { WriteRows } from '@secumon/infra/database/row-writer'
import { BoundedMap } from '../bounded-map.ts'
import { decodeObservations } from '../facts.ts'
import { isCorrected, observedAtMs } from '../observed-at.ts'
import type { AfterCommit, Fact, FrameFact, GenerationTx } from '../projector.ts'
import { checkObservations } from './check-observation.ts'
import { customRows } from './custom/custom-rows.ts'
import type { Refused } from './custom/refused.ts'
import { dayOfMs } from './day-partitions.ts'
import { touchedBuckets } from './rollups/late-marks.ts'
import { sampleWriter } from './sample-writer.ts'

const REMEMBERED_AGENTS = 50_000

export type PreparedRows = {
  /** Days in which the rows lie. */
  readonly days: ReadonlySet<number>
  /** Adds a frame's rows; other facts have none. @throws MalformedFrame, InvalidSample; nothing was added then */
  add(fact: Fact): void
  /** Makes sure that the rows are exactly those of the batch. */
  settle(batch: readonly Fact[]): void
  /**
   * Writes the rows, and marks what of rollups has to be made again because of them. Call the returned function once the
   * transaction is committed.
   */
  write(tx: GenerationTx, schema: string): Promise<AfterCommit>
  clear(): void
  /** Somebody else may have written meanwhile. */
  forget(): void
}

export type PreparedRowsOptions = {
  readonly writeRows: WriteRows
  /** What is older than that when it arrives is not stored: its day is already gone. */
  readonly keptMs: number
  /** Called once a batch is committed of which custom metrics were refused. */
  readonly onRefused: (refused: Refused) => void
}

/** The buffers are kept from batch to batch. */
export function preparedRows({ writeRows, keptMs, onRefused }: PreparedRowsOptions): PreparedRows {
  const writer = sampleWriter(writeRows)
  const custom = customRows(writeRows, onRefused)
  const agentIds = agentIdCache()
  const days = new Set<number>()
  const buckets = touchedBuckets()
  let frames: Fact[] = []

  function add(fact: Fact): void {
    if (fact.kind !== 'frame') return
    addFrame(fact)
    frames.push(fact)
  }

  function addFrame(frame: FrameFact): void {
    const observations = decodeObservations(frame.bytes)
    checkObservations(observations)
    const { tenant, agent: ulid } = frame.header
    const agent = agentIds(ulid)
    const isOff = isCorrected(frame)
    for (const observation of observations) {
      const atMs = observedAtMs(observation, frame)
      if (atMs < frame.receivedAtMs - keptMs) continue
      days.add(dayOfMs(atMs))
      buckets.add(agent, atMs, observation)
      const clockCorrected = isOff || atMs !== Number(observation.atMs)
      const stamp = { atMs, tenant, agent, clockCorrected }
      writer.add(stamp, observation)
      if (observation.custom)
        custom.add(stamp, observation.custom, { tenant, agent: ulid, receivedAtMs: frame.receivedAtMs })
    }
  }

  function clear(): void {
    writer.clear()
    custom.clear()
    buckets.clear()
    days.clear()
    frames = []
  }

  function settle(batch: readonly Fact[]): void {
    const wanted = batch.filter(({ kind }) => kind === 'frame')
    if (wanted.length === frames.length && wanted.every((fact, i) => fact === frames[i])) return
    clear()
    for (const fact of wanted) add(fact)
  }

  async function write(tx: GenerationTx, schema: string): Promise<AfterCommit> {
    await writer.write(tx, schema)
    const afterCommit = await custom.write(tx, schema)
    await buckets.mark(tx, schema)
    return afterCommit
  }

  function forget(): void {
    clear()
    custom.forget()
  }

  return { days, add, settle, write, clear, forget }
}

function agentIdCache(): (agent: string) => Uint8Array {
  const known = new BoundedMap<string, Uint8Array>(REMEMBERED_AGENTS)
  return (agent) => {
    const cached = known.get(agent)
    if (cached) return cached
    const bytes = Buffer.from(ulidToUuid(agent).replaceAll('-', ''), 'hex')
    known.set(agent, bytes)
    return bytes
  }
}
