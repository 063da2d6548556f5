// Changes to the storage, through the API.

import { api } from '../lib/api.ts'
import type { Retention, RetentionDays, StorageJob } from '../lib/storage-types.ts'

/** @throws ApiFailure 409 when it has another version by now */
export const setRetention = (
  { version }: Pick<Retention, 'version'>,
  days: RetentionDays,
): Promise<unknown> => api('/storage/retention', { method: 'PUT', body: { ...days, version } })

/** Has a job done as soon as somebody can. @throws ApiFailure 404 for those that are not ours */
export const runJob = ({ name }: Pick<StorageJob, 'name'>): Promise<StorageJob> =>
  api(`/storage/jobs/${encodeURIComponent(name)}/run`, { method: 'POST' })
