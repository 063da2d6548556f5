// Tells whoever is looking what has just become visible: frames over core NATS, and the latest values to a shared cache
// where there is one.

import { create, toBinary } from '@bufbuild/protobuf'
import { LiveFrameSchema } from '@secumon/contracts/gen/live'
import { liveAgentSubject } from '@secumon/contracts/subjects'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { FrameFact, Projector } from '../projector.ts'
import { observedAtMs } from '../observed-at.ts'
import { mergeLatest, type Latest } from './latest.ts'

/** A place that several processes share, e.g. Redis. */
export type LatestStore = {
  read(keys: readonly LatestKey[]): Promise<(Latest | undefined)[]>
  write(entries: readonly (LatestKey & { readonly latest: Latest })[]): Promise<void>
}

export type LatestKey = { readonly tenant: string; readonly agent: string }

export type LatestProjectorOptions = {
  readonly live: Pick<EventLog, 'publishLive'>
  /** Absent: the API keeps what is being looked at in its own memory. */
  readonly store?: LatestStore
}

/** Sink `idempotent`: a frame told twice does no harm. */
export function latestProjector({ live, store }: LatestProjectorOptions): Projector {
  return {
    name: 'latest',
    version: 1,
    feeds: ['telemetry'],
    sink: 'idempotent',
    async project(batch) {
      const frames = batch.filter((fact): fact is FrameFact => fact.kind === 'frame')
      if (store) await storeLatest(store, frames)
      for (const frame of frames) publish(live, frame)
      return undefined
    },
  }
}

function publish(live: LatestProjectorOptions['live'], { header, receivedAtMs, clockOffsetMs, bytes }: FrameFact): void {
  const message = create(LiveFrameSchema, {
    receivedAtMs: BigInt(Math.round(receivedAtMs)),
    clockOffsetMs: BigInt(Math.round(clockOffsetMs)),
    frame: bytes,
  })
  live.publishLive(liveAgentSubject(header.tenant, header.agent), toBinary(LiveFrameSchema, message))
}

async function storeLatest(store: LatestStore, frames: readonly FrameFact[]): Promise<void> {
  const byAgent = Map.groupBy(frames, ({ header }) => header.agent)
  const keys = [...byAgent.values()].flatMap(([first]) => (first ? [first.header] : []))
  const known = await store.read(keys)
  const entries = keys.flatMap(({ tenant, agent }, i) => {
    const latest = (byAgent.get(agent) ?? []).reduce(mergeFrame, known[i])
    return latest ? [{ tenant, agent, latest }] : []
  })
  await store.write(entries)
}

/** Folds a frame's observations, oldest first. */
export function mergeFrame(previous: Latest | undefined, frame: FrameValues): Latest | undefined {
  return frame
    .observations()
    .reduce((latest: Latest | undefined, observation) => mergeLatest(latest, observation, observedAtMs(observation, frame)), previous)
}

export type FrameValues = Pick<FrameFact, 'observations' | 'receivedAtMs' | 'clockOffsetMs'>
