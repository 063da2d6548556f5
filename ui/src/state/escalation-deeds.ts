// Changes to escalation policies and on-call schedules, through the API.

import { api } from '../lib/api.ts'
import type { Member, Policy, PolicySpec, Schedule, ScheduleSpec } from '../lib/alerting-types.ts'

type Ref = { readonly id: string; readonly platform: boolean }
export type NewOverride = {
  readonly member: Member
  readonly from: number
  readonly until: number
  readonly reason: string
}

const policyPath = ({ id }: Ref): string => `/escalation-policies/${encodeURIComponent(id)}`
const schedulePath = ({ id }: Ref): string => `/schedules/${encodeURIComponent(id)}`
const queryOf = ({ platform }: Ref): { platform: string } => ({ platform: String(platform) })

/** @throws ApiFailure */
export const createPolicy = (spec: PolicySpec): Promise<unknown> =>
  api('/escalation-policies', { method: 'POST', body: { spec } })

/** @throws ApiFailure 409 when it has another version by now */
export const changePolicy = (policy: Policy, spec: PolicySpec): Promise<unknown> =>
  api(policyPath(policy), { method: 'PUT', query: queryOf(policy), body: { spec, version: policy.version } })

/** @throws ApiFailure 409 naming who uses it, unless it is forced */
export const deletePolicy = (policy: Ref, force: boolean): Promise<unknown> =>
  api(policyPath(policy), { method: 'DELETE', query: { ...queryOf(policy), force: String(force) } })

/** @throws ApiFailure */
export const createSchedule = (spec: ScheduleSpec): Promise<unknown> =>
  api('/schedules', { method: 'POST', body: { spec } })

/** @throws ApiFailure 409 when it has another version by now */
export const changeSchedule = (schedule: Schedule, spec: ScheduleSpec): Promise<unknown> =>
  api(schedulePath(schedule), {
    method: 'PUT',
    query: queryOf(schedule),
    body: { spec, version: schedule.version },
  })

/** @throws ApiFailure 409 naming who uses it, unless it is forced */
export const deleteSchedule = (schedule: Ref, force: boolean): Promise<unknown> =>
  api(schedulePath(schedule), { method: 'DELETE', query: { ...queryOf(schedule), force: String(force) } })

/** @throws ApiFailure */
export const overrideSchedule = (schedule: Ref, wish: NewOverride): Promise<unknown> =>
  api(`${schedulePath(schedule)}/overrides`, { method: 'POST', query: queryOf(schedule), body: wish })

/** @throws ApiFailure */
export const endOverride = (schedule: Ref, override: string): Promise<unknown> =>
  api(`${schedulePath(schedule)}/overrides/${encodeURIComponent(override)}`, {
    method: 'DELETE',
    query: queryOf(schedule),
  })
