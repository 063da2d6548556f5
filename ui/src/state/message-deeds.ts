// Messages that failed can be sent again.

import { api } from '../lib/api.ts'

/** @throws ApiFailure */
export const retryMessage = (id: string): Promise<unknown> =>
  api(`/notifications/${encodeURIComponent(id)}/retry`, { method: 'POST' })
