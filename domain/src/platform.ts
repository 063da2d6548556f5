// Aggregate `platform`, of the tenant `system`: what the platform says of itself. One per stream of the log: whether it
// is filling up. One for the archive: what of it was given up.

import { create } from '@bufbuild/protobuf'
import {
  ArchiveLossAcceptedSchema,
  KeptLeavesSchema,
  LogFillingSchema,
  LogRelievedSchema,
} from '@secumon/contracts/gen/platform'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import type { AggregateRef, Decider, DomainEvent } from './decider.ts'

/** A stream is filling from here on … */
export const FILLING_SHARE = 0.8
/** … and relieved only below this: what swings around one limit is told once. */
export const RELIEVED_SHARE = 0.7

export type LogFill = {
  /** Name of the stream, `TELEMETRY_0`. */
  readonly stream: string
  readonly bytes: number
  /** Limit of the stream; 0 or less: none. */
  readonly maxBytes: number
}

/** The archive ends before what was committed. */
export type ArchiveLoss = {
  /** The newest flush that is there. */
  readonly foundFlush: number
  readonly committedFlush: number
  /** So many leaves of each tenant are there; numbers from there on are given out again. */
  readonly kept: readonly { readonly tenant: string; readonly leaves: number }[]
}

export type PlatformCommand =
  ({ readonly kind: 'ReportFill' } & LogFill) | ({ readonly kind: 'AcceptArchiveLoss' } & ArchiveLoss)

export type PlatformState = { readonly filling: boolean }

/** The aggregate that speaks for a stream: `log-telemetry-0`. */
export const logAggregate = (stream: string): AggregateRef => ({
  tenant: SYSTEM_TENANT,
  aggregate: platform.aggregate,
  id: `log-${stream.toLowerCase().replaceAll('_', '-')}`,
})

/** The aggregate that speaks for the archive. */
export const archiveAggregate = (): AggregateRef => ({
  tenant: SYSTEM_TENANT,
  aggregate: platform.aggregate,
  id: 'archive',
})

export const platform: Decider<PlatformCommand, PlatformState> = {
  aggregate: 'platform',
  initial: { filling: false },
  decide: (command, state) =>
    command.kind === 'ReportFill' ? reportFill(command, state) : acceptLoss(command),
  evolve(state, event) {
    if (event.case === 'logFilling') return { filling: true }
    return event.case === 'logRelieved' ? { filling: false } : state
  },
}

function reportFill({ stream, bytes, maxBytes }: LogFill, { filling }: PlatformState): DomainEvent[] {
  const share = maxBytes > 0 ? bytes / maxBytes : 0
  if (!filling && share >= FILLING_SHARE) {
    const value = create(LogFillingSchema, { stream, bytes: BigInt(bytes), maxBytes: BigInt(maxBytes) })
    return [{ case: 'logFilling', value }]
  }
  if (filling && share < RELIEVED_SHARE)
    return [{ case: 'logRelieved', value: create(LogRelievedSchema, { stream }) }]
  return []
}

// Told each time: a later loss may have the same numbers.
function acceptLoss({ foundFlush, committedFlush, kept }: ArchiveLoss): DomainEvent[] {
  if (foundFlush >= committedFlush) return []
  const value = create(ArchiveLossAcceptedSchema, {
    foundFlush: BigInt(foundFlush),
    committedFlush: BigInt(committedFlush),
    kept: kept.map(({ tenant, leaves }) => create(KeptLeavesSchema, { tenant, leaves: BigInt(leaves) })),
  })
  return [{ case: 'archiveLossAccepted', value }]
}
