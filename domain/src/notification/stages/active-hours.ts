// Stage active_hours: outside the policy's hours no alert begins anything. An incident that is open waits by itself.

import { hoursAt } from '../../calendar/active-hours.ts'
import { policyOf } from '../route.ts'
import { mute, pass, type Stage } from './stage.ts'

export const activeHours: Stage = (alert, { tenant, atMs }) => {
  if (alert.incident !== '') return pass('active_hours')
  const policy = policyOf(tenant, alert)
  const { active, untilMs } = hoursAt(policy.spec.activeHours, atMs)
  if (active) return pass('active_hours', untilMs)
  return mute('active_hours', {
    by: policy.id,
    detail: `outside the hours of ${policy.spec.name}`,
    untilMs,
  })
}
