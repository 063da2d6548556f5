// On-call schedules as the API tells them: who is on call now, and in which shifts.

import { onCallAt, type OnCallSchedule, type Override, type Shift } from '@secumon/domain/schedule/on-call'
import type {
  OverrideRow,
  ScheduleRow as FoundSchedule,
} from '@secumon/projections/alerts/queries/escalation'
import type { TenantScopes } from '@secumon/projections/tenant-scope'
import type { ApiDeps } from '../deps.ts'
import { memberBody, scheduleSpecBody } from './escalation-text.ts'
import { peopleOf } from './people.ts'

type Deps = Pick<ApiDeps, 'reads' | 'db' | 'clock'>

/** Schedules with who is on call now. */
export async function scheduleRows(
  { reads, db, clock }: Deps,
  scopes: TenantScopes,
  found: readonly FoundSchedule[],
) {
  const nowMs = clock.nowMs()
  const asked = { schedules: found.map(({ id }) => id), fromMs: nowMs }
  const [overrides, people] = await Promise.all([
    reads.alerting.scheduleOverrides(scopes, asked),
    peopleOf(
      db,
      found.map(({ changed_by }) => changed_by),
    ),
  ])
  return found.map((row) => {
    const onCall = onCallAt(scheduleOf(row, overrides.get(row.id)), nowMs)
    const { id, platform, version, created_at, changed_at } = row
    return {
      id,
      platform,
      spec: scheduleSpecBody(row.spec),
      on_call: onCall ? memberBody(onCall.member) : null,
      version,
      created_at,
      changed_at,
      changed_by: people(row.changed_by),
    }
  })
}

/** What the domain asks who is on call. */
export const scheduleOf = (
  { spec }: Pick<FoundSchedule, 'spec'>,
  overrides: readonly OverrideRow[] = [],
): OnCallSchedule => ({
  spec,
  overrides: overrides.map(({ id, member, from, until, reason }): Override => ({
    id,
    member,
    reason,
    fromMs: from,
    untilMs: until,
  })),
})

/** Overrides with the names of who made them. */
export async function overrideBodies(db: ApiDeps['db'], overrides: readonly OverrideRow[] = []) {
  const people = await peopleOf(
    db,
    overrides.map(({ created_by }) => created_by),
  )
  return overrides.map((row) => ({
    ...row,
    member: memberBody(row.member),
    created_by: people(row.created_by),
  }))
}

export function shiftBody({ fromMs, untilMs, onCall }: Shift) {
  const byLayer = onCall ? ('layer' as const) : ('nobody' as const)
  return {
    from: fromMs,
    to: untilMs,
    member: onCall ? memberBody(onCall.member) : null,
    source: onCall?.override === undefined ? byLayer : ('override' as const),
    layer: onCall?.layer ?? null,
    override: onCall?.override ?? null,
  }
}
