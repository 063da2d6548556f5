// What ingest decides about identities: a new epoch when an agent asks, and its end when a clone shows.

import type { EpochStarted } from '@secumon/contracts/gen/identity'
import { ActorSchema, type Envelope } from '@secumon/contracts/gen/envelope'
import type { EpochReason } from '@secumon/contracts/gen/ingest'
import { ulid } from '@secumon/contracts/ids'
import { laneNumber, type LaneName } from '@secumon/contracts/lanes'
import type { Clock } from '@secumon/domain/clock'
import type { AggregateRef, DomainEvent } from '@secumon/domain/decider'
import type { EventStore } from '@secumon/domain/event-store'
import { identity, type IdentityCommand } from '@secumon/domain/identity'
import { Rejected } from '@secumon/domain/rejected'
import { fold, handle, type Handled } from '@secumon/infra/eventlog/handle'
import { create } from '@bufbuild/protobuf'
import { randomBytes } from 'node:crypto'
import type { KnownAgent } from './identities.ts'

type Fields<K extends IdentityCommand['kind']> = Omit<
  Extract<IdentityCommand, { kind: K }>,
  'kind' | 'agent' | 'atMs'
>

/** The lane, the epoch its agent knows, and why it asks for another. */
export type EpochWish = Fields<'StartEpoch'> & { readonly reason: EpochReason }

export type CloneReport = Fields<'ReportClone'>

export type StartedEpoch = { readonly started: EpochStarted; readonly envelopes: readonly Envelope[] }

export type IdentityCommands = {
  /** The epoch the agent goes on with, and the envelopes that say so. @throws Rejected too_soon, revoked, not_found, unavailable */
  startEpoch(known: KnownAgent, wish: EpochWish): Promise<StartedEpoch>
  /** Revokes the identity. @throws Rejected not_found, unavailable */
  reportClone(known: KnownAgent, report: CloneReport): Promise<void>
}

export function identityCommands(store: EventStore, clock: Clock): IdentityCommands {
  const carryOut = (known: KnownAgent, command: IdentityCommand): Promise<Handled> =>
    handle(store, identity, {
      aggregate: refOf(known),
      command,
      commandId: ulid(clock.nowMs(), randomBytes(10)),
      actor: create(ActorSchema, { actor: { case: 'platform', value: 'ingest' } }),
      clock,
    })
  return {
    async startEpoch(known, wish) {
      const { agent } = known
      const { events, envelope } = await carryOut(known, {
        kind: 'StartEpoch',
        agent,
        atMs: clock.nowMs(),
        ...wish,
      })
      const started = startedIn(events, wish.lane)
      return started && envelope ? { started, envelopes: [envelope] } : newestOf(store, known, wish.lane)
    },
    async reportClone(known, report) {
      await carryOut(known, { kind: 'ReportClone', agent: known.agent, ...report })
    },
  }
}

const refOf = ({ agent, identity: { tenant } }: KnownAgent): AggregateRef => ({
  tenant,
  aggregate: identity.aggregate,
  id: agent,
})

function startedIn(events: readonly DomainEvent[], lane: LaneName): EpochStarted | undefined {
  for (const event of events)
    if (event.case === 'epochStarted' && event.value.lane === laneNumber(lane)) return event.value
  return undefined
}

// No event means that the newest epoch is one the agent has not heard of.
async function newestOf(store: EventStore, known: KnownAgent, lane: LaneName): Promise<StartedEpoch> {
  const { envelopes } = await store.read(refOf(known))
  const started = fold(identity, envelopes)?.epochs[lane]
  if (!started) throw new Rejected('not_found', `agent ${known.agent} has no epoch of lane ${lane}`)
  return { started, envelopes }
}
