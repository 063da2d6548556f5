// Stage no_policy: an alert whose policy tells nobody.

import { BUILT_IN_POLICY } from '../../escalation/built-in-policy.ts'
import { policyOf } from '../route.ts'
import { mute, pass, type Stage } from './stage.ts'

export const policy: Stage = (alert, { tenant }) => {
  if (alert.incident !== '') return pass('no_policy')
  const found = policyOf(tenant, alert)
  if (found.spec.steps.length > 0) return pass('no_policy')
  if (found.id === BUILT_IN_POLICY) return mute('no_policy', { detail: 'there is no channel yet' })
  return mute('no_policy', { by: found.id, detail: `${found.spec.name} tells nobody` })
}
