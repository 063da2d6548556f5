// The shapes of the storage's part of the HTTP API, as types only.

import type { z } from 'zod'
import type { RetentionBody, RetentionDaysBody } from '@secumon/gateway/api/schemas/retention'
import type { JobBody, JobsBody, StorageBody } from '@secumon/gateway/api/schemas/storage'

export type Retention = z.infer<typeof RetentionBody>
export type RetentionDays = z.output<typeof RetentionDaysBody>
export type RetentionKind = keyof RetentionDays
export type Storage = z.infer<typeof StorageBody>
export type StoredRelation = Storage['relations'][number]
export type StorageJob = z.infer<typeof JobBody>
export type StorageJobs = z.infer<typeof JobsBody>
