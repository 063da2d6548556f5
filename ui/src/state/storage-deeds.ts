// Changes to the storage, through the API.

import { api } from '../lib/api.ts'
import type { RetentionDays, StorageJob } from '../lib/storage-types.ts'

/** @throws ApiFailure */
export const setRetention = (days: RetentionDays): Promise<unknown> =>
  api('/storage/retention', { method: 'PUT', body: days })

/** Has a job done as soon as somebody can. @throws ApiFailure 404 for those that are not ours */
export const runJob = ({ name }: Pick<StorageJob, 'name'>): Promise<StorageJob> =>
  api(`/storage/jobs/${encodeURIComponent(name)}/run`, { method: 'POST' })
