// Aggregate `platform`, of the tenant `system`: what the platform says of itself. One per stream of the log: whether it
// is filling up.

import { create } from '@bufbuild/protobuf'
import { LogFillingSchema, LogRelievedSchema } from '@secumon/contracts/gen/platform'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import type { AggregateRef, Decider } from './decider.ts'

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

export type PlatformCommand = { readonly kind: 'ReportFill' } & LogFill

export type PlatformState = { readonly filling: boolean }

/** The aggregate that speaks for a stream: `log-telemetry-0`. */
export const logAggregate = (stream: string): AggregateRef => ({
  tenant: SYSTEM_TENANT,
  aggregate: platform.aggregate,
  id: `log-${stream.toLowerCase().replaceAll('_', '-')}`,
})

export const platform: Decider<PlatformCommand, PlatformState> = {
  aggregate: 'platform',
  initial: { filling: false },
  decide({ stream, bytes, maxBytes }, { filling }) {
    const share = maxBytes > 0 ? bytes / maxBytes : 0
    if (!filling && share >= FILLING_SHARE) {
      const value = create(LogFillingSchema, { stream, bytes: BigInt(bytes), maxBytes: BigInt(maxBytes) })
      return [{ case: 'logFilling', value }]
    }
    if (filling && share < RELIEVED_SHARE)
      return [{ case: 'logRelieved', value: create(LogRelievedSchema, { stream }) }]
    return []
  },
  evolve(state, event) {
    if (event.case === 'logFilling') return { filling: true }
    return event.case === 'logRelieved' ? { filling: false } : state
  },
}
