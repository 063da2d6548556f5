// What people do with alerts, through the API.

import { api } from '../lib/api.ts'
import type { AlertDetail, AlertRow, BulkOutcome, BulkSilenceOutcome } from '../lib/alerting-types.ts'

/** The API takes so many alerts in one deed. */
export const MOST_AT_ONCE = 500

export type Acknowledgement = {
  readonly note: string
  /** Null: when the alert is resolved. */
  readonly expires_at: number | null
  readonly sticky: boolean
}

export type SilenceWish = { readonly reason: string; readonly expires_at: number }

export type Outcome = { readonly done: number; readonly failed: number }

const pathOf = (id: string): string => `/alerts/${encodeURIComponent(id)}`

/** @throws ApiFailure */
export const acknowledge = (alerts: readonly AlertRow[], wish: Acknowledgement): Promise<Outcome> =>
  inParts(
    alerts,
    async (ids) => (await api<BulkOutcome>('/alerts/acknowledge', post({ alerts: ids, ...wish }))).done,
  )

/** Makes silences that mute these alerts. @throws ApiFailure */
export const silence = (alerts: readonly AlertRow[], wish: SilenceWish): Promise<Outcome> =>
  inParts(
    alerts,
    async (ids) => (await api<BulkSilenceOutcome>('/alerts/silence', post({ alerts: ids, ...wish }))).done,
  )

/** @throws ApiFailure */
export const takeBack = (id: string): Promise<AlertDetail> =>
  api(`${pathOf(id)}/unacknowledge`, { method: 'POST' })

/** @throws ApiFailure */
export const writeNote = (id: string, note: string): Promise<AlertDetail> =>
  api(`${pathOf(id)}/note`, post({ note }))

const post = (body: unknown): { readonly method: 'POST'; readonly body: unknown } => ({
  method: 'POST',
  body,
})

async function inParts(
  alerts: readonly AlertRow[],
  deed: (ids: string[]) => Promise<number>,
): Promise<Outcome> {
  let done = 0
  for (let first = 0; first < alerts.length; first += MOST_AT_ONCE)
    done += await deed(alerts.slice(first, first + MOST_AT_ONCE).map(({ id }) => id))
  return { done, failed: alerts.length - done }
}
