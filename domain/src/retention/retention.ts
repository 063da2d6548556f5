// Aggregate `retention`: how long a tenant's data is kept, where that is shorter than the platform keeps it.

import { create } from '@bufbuild/protobuf'
import { RetentionSetSchema } from '@secumon/contracts/gen/retention'
import type { AggregateRef, Decider, DomainEvent } from '../decider.ts'
import { Rejected } from '../rejected.ts'

/** Days by what is kept: samples as measured, by five minutes, by the hour, lines of logs. */
export type RetentionDays = {
  readonly raw: number
  readonly rollup5min: number
  readonly rollup1hour: number
  readonly logs: number
}

/** What is not there is kept as long as the platform keeps it. */
export type TenantRetention = Partial<RetentionDays>

export type RetentionCommand = {
  readonly kind: 'SetRetention'
  readonly days: TenantRetention
  /** What the platform keeps: nobody keeps more. */
  readonly platform: RetentionDays
}

/** Samples that come late are still rolled up for so long, from those that are there. */
export const FEWEST_RAW_DAYS = 5

/** The same where the platform itself keeps less. */
export const fewestRawDays = (platform: RetentionDays): number => Math.min(FEWEST_RAW_DAYS, platform.raw)

/** The one of a tenant. */
export const retentionOf = (tenant: string): AggregateRef => ({
  tenant,
  aggregate: retention.aggregate,
  id: RETENTION_ID,
})

/** There is one per tenant. */
export const RETENTION_ID = 'kept'

export const retention: Decider<RetentionCommand, TenantRetention> = {
  aggregate: 'retention',
  initial: {},
  decide({ days, platform }, state) {
    checkDays({ ...platform, ...days }, platform)
    const isSame = KINDS.every((kind) => days[kind] === state[kind])
    return isSame ? [] : [retentionSet(days)]
  },
  evolve(state, event) {
    return event.case === 'retentionSet' ? daysOf(event.value) : state
  },
}

/** What an event says. */
export const daysOf = (said: {
  readonly rawDays: number
  readonly rollup5minDays: number
  readonly rollup1hourDays: number
  readonly logsDays: number
}): TenantRetention => ({
  ...(said.rawDays > 0 && { raw: said.rawDays }),
  ...(said.rollup5minDays > 0 && { rollup5min: said.rollup5minDays }),
  ...(said.rollup1hourDays > 0 && { rollup1hour: said.rollup1hourDays }),
  ...(said.logsDays > 0 && { logs: said.logsDays }),
})

const KINDS = ['raw', 'rollup5min', 'rollup1hour', 'logs'] as const

const NAMES: Record<(typeof KINDS)[number], string> = {
  raw: 'samples as measured',
  rollup5min: 'samples by five minutes',
  rollup1hour: 'samples by the hour',
  logs: 'lines of logs',
}

function retentionSet(days: TenantRetention): DomainEvent {
  const value = create(RetentionSetSchema, {
    rawDays: days.raw ?? 0,
    rollup5minDays: days.rollup5min ?? 0,
    rollup1hourDays: days.rollup1hour ?? 0,
    logsDays: days.logs ?? 0,
  })
  return { case: 'retentionSet', value }
}

function checkDays(wanted: RetentionDays, platform: RetentionDays): void {
  for (const kind of KINDS) {
    const days = wanted[kind]
    if (!Number.isInteger(days) || days < 1)
      throw new Rejected('invalid', `${NAMES[kind]} are kept for whole days, one at least`)
    if (days > platform[kind])
      throw new Rejected(
        'invalid',
        `${NAMES[kind]} are kept for ${platform[kind]} days at most, by the platform`,
      )
  }
  if (wanted.raw < fewestRawDays(platform))
    throw new Rejected(
      'invalid',
      `samples as measured are kept for ${FEWEST_RAW_DAYS} days at least: those that come late are rolled up with them`,
    )
  if (wanted.rollup5min < wanted.raw || wanted.rollup1hour < wanted.rollup5min)
    throw new Rejected('invalid', 'what is coarser is kept at least as long as what is finer')
}
