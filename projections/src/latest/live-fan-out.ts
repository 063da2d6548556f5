// Tells whoever is looking what has just become visible: a projector's frames, over core NATS, once they are committed.

import { create, toBinary } from '@bufbuild/protobuf'
import { LiveFrameSchema } from '@secumon/contracts/gen/live'
import { liveAgentSubject } from '@secumon/contracts/subjects'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Fact, FrameFact, Projector } from '../projector.ts'

export type Live = Pick<EventLog, 'publishLive'>

/**
 * The same projector, which after each commit also announces the newest frame of each agent. Who looks wants what is
 * now; a backlog is read from the tables.
 */
export const announcing = (projector: Projector, live: Live): Projector => ({
  ...projector,
  async project(batch, tx, schema) {
    const afterCommit = await projector.project(batch, tx, schema)
    return () => {
      afterCommit?.()
      for (const frame of newestFrames(batch)) publish(live, frame)
    }
  },
})

const newestFrames = (batch: readonly Fact[]): Iterable<FrameFact> =>
  new Map(batch.flatMap((fact) => (fact.kind === 'frame' ? [[fact.header.agent, fact]] : []))).values()

function publish(live: Live, { header, receivedAtMs, clockOffsetMs, bytes }: FrameFact): void {
  const message = create(LiveFrameSchema, {
    receivedAtMs: BigInt(Math.round(receivedAtMs)),
    clockOffsetMs: BigInt(Math.round(clockOffsetMs)),
    frame: bytes,
  })
  live.publishLive(liveAgentSubject(header.tenant, header.agent), toBinary(LiveFrameSchema, message))
}
