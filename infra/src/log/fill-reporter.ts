// Says on EVENTS when a stream of the log begins to fill up and when it is relieved. For whoever holds the keeper's
// lease: what was said before is read once and then remembered.

import { create } from '@bufbuild/protobuf'
import { ActorSchema } from '@secumon/contracts/gen/envelope'
import { ulid } from '@secumon/contracts/ids'
import type { Clock } from '@secumon/domain/clock'
import type { EventStore } from '@secumon/domain/event-store'
import { logAggregate, platform, type LogFill, type PlatformState } from '@secumon/domain/platform'
import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { fold, handle } from '../eventlog/handle.ts'

export type FillReporter = (fill: LogFill) => Promise<void>

export type FillReporterDeps = {
  readonly store: EventStore
  readonly clock: Clock
  readonly logger: Logger
}

/** Costs nothing while nothing changes. @throws Rejected when the log takes no events; ask again */
export function fillReporter({ store, clock, logger }: FillReporterDeps): FillReporter {
  const states = new Map<string, PlatformState>()
  return async (fill) => {
    const aggregate = logAggregate(fill.stream)
    const state = states.get(fill.stream) ?? fold(platform, (await store.read(aggregate)).envelopes)
    states.set(fill.stream, state)
    const command = { kind: 'ReportFill' as const, ...fill }
    if (platform.decide(command, state).length === 0) return
    const commandId = ulid(clock.nowMs(), randomBytes(10))
    const { events } = await handle(store, platform, { aggregate, command, commandId, actor, clock })
    states.set(fill.stream, events.reduce(platform.evolve, state))
    for (const event of events)
      if (event.case === 'logFilling')
        logger.warn(fill, 'the log is nearly full: when it is, agents have to wait')
      else logger.info(fill, 'the log has room again')
  }
}

const actor = create(ActorSchema, { actor: { case: 'platform', value: 'keeper' } })
