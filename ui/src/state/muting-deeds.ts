// Changes to silences and maintenances, through the API.

import { api } from '../lib/api.ts'
import type { Maintenance, MaintenanceSpec, Matcher, Silence } from '../lib/alerting-types.ts'

type Ref = Pick<Silence, 'id' | 'platform'>

export type NewSilence = {
  readonly matchers: readonly Matcher[]
  readonly reason: string
  readonly expires_at: number
}

const silencePath = ({ id }: Ref): string => `/silences/${encodeURIComponent(id)}`
const maintenancePath = ({ id }: Ref): string => `/maintenances/${encodeURIComponent(id)}`
const queryOf = ({ platform }: Ref): { platform: string } => ({ platform: String(platform) })

/** @throws ApiFailure */
export const createSilence = (wish: NewSilence): Promise<unknown> =>
  api('/silences', { method: 'POST', body: wish })

/** @throws ApiFailure */
export const extendSilence = (silence: Ref, expiresAt: number): Promise<unknown> =>
  api(`${silencePath(silence)}/extend`, {
    method: 'POST',
    query: queryOf(silence),
    body: { expires_at: expiresAt },
  })

/** Before its time. @throws ApiFailure */
export const endSilence = (silence: Ref): Promise<unknown> =>
  api(silencePath(silence), { method: 'DELETE', query: queryOf(silence) })

/** @throws ApiFailure */
export const planMaintenance = (spec: MaintenanceSpec): Promise<unknown> =>
  api('/maintenances', { method: 'POST', body: { spec } })

/** @throws ApiFailure 409 when it has another version by now */
export const changeMaintenance = (maintenance: Maintenance, spec: MaintenanceSpec): Promise<unknown> =>
  api(maintenancePath(maintenance), {
    method: 'PUT',
    query: queryOf(maintenance),
    body: { spec, version: maintenance.version },
  })

/** @throws ApiFailure */
export const cancelMaintenance = (maintenance: Ref): Promise<unknown> =>
  api(maintenancePath(maintenance), { method: 'DELETE', query: queryOf(maintenance) })
