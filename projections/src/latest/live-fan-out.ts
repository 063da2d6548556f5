// Tells whoever is looking what has just become visible: a projector's frames, over core NATS, once they are committed.

import { create, toBinary } from '@bufbuild/protobuf'
import { LiveFrameSchema } from '@secumon/contracts/gen/live'
import { liveAgentSubject } from '@secumon/contracts/subjects'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { FrameFact, Projector } from '../projector.ts'

export type Live = Pick<EventLog, 'publishLive'>

/** The same projector, which after each commit also announces the frames it has taken. */
export const announcing = (projector: Projector, live: Live): Projector => ({
  ...projector,
  async project(batch, tx, schema) {
    const afterCommit = await projector.project(batch, tx, schema)
    return () => {
      afterCommit?.()
      for (const fact of batch) if (fact.kind === 'frame') publish(live, fact)
    }
  },
})

function publish(live: Live, { header, receivedAtMs, clockOffsetMs, bytes }: FrameFact): void {
  const message = create(LiveFrameSchema, {
    receivedAtMs: BigInt(Math.round(receivedAtMs)),
    clockOffsetMs: BigInt(Math.round(clockOffsetMs)),
    frame: bytes,
  })
  live.publishLive(liveAgentSubject(header.tenant, header.agent), toBinary(LiveFrameSchema, message))
}
