// Stage flapping: what changes again and again is told once, and then when it has settled.

import type { KnownAlert } from '../held.ts'
import { isOwing } from '../membership.ts'
import type { TenantState } from '../state.ts'
import { mute, pass, type Stage } from './stage.ts'

export const flapping: Stage = (alert, { tenant }) =>
  alert.flapping && isTold(tenant, alert)
    ? mute('flapping', { by: alert.id, detail: 'it changes again and again' })
    : pass('flapping')

function isTold({ incidents }: TenantState, { id, incident: of }: KnownAlert): boolean {
  const incident = incidents.get(of)
  const member = incident?.members.get(id)
  return member ? isOwing(member) : (incident?.departed.has(id) ?? false)
}
