// GET /api/v1/storage/status: what the database holds, what is done to it by itself, and how long its disk lasts.

import type { z } from '@hono/zod-openapi'
import type { ApiDeps } from '../../deps.ts'
import { answer, createRoute, endpoint, FORBIDDEN, SIGNED_IN, SIGNED_IN_ERRORS } from '../../endpoint.ts'
import { requirePlatform } from '../../middleware/require-login.ts'
import { StorageBody } from '../../schemas/storage.ts'
import { jobBody } from './jobs.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/storage/status',
  tags: ['storage'],
  summary: 'How the storage is',
  description: 'For those who run the platform: it tells of all tenants’ data together.',
  security: SIGNED_IN,
  responses: { 200: answer(StorageBody, 'At this moment.'), ...SIGNED_IN_ERRORS, ...FORBIDDEN },
})

type Deps = Pick<ApiDeps, 'reads' | 'clock' | 'kept'>

export const storageState = ({ reads, clock, kept }: Deps) =>
  endpoint(route, async (c) => {
    requirePlatform(c.var.principal)
    return c.json(bodyOf(await reads.storage(clock.nowMs()), kept), 200)
  })

type Storage = Awaited<ReturnType<ApiDeps['reads']['storage']>>
type Body = z.infer<typeof StorageBody>

const bodyOf = ({ relations, jobs, disk, growth, ...storage }: Storage, kept: Deps['kept']): Body => ({
  edition: storage.edition,
  offered: storage.offered,
  database: storage.database,
  relations: relations.map((relation) => relationBody(relation, kept)),
  jobs: jobs.map(jobBody),
  disk: disk?.space
    ? {
        free_bytes: disk.space.freeBytes,
        total_bytes: disk.space.totalBytes,
        low: storage.isDiskLow,
        at: disk.atMs,
      }
    : null,
  growth: {
    bytes_per_day: growth.bytesPerDay,
    days_left: typeof growth.daysLeft === 'number' ? growth.daysLeft : null,
    stable: growth.daysLeft === 'stable',
  },
})

const relationBody = (
  relation: Storage['relations'][number],
  kept: Deps['kept'],
): Body['relations'][number] => ({
  schema: relation.schema,
  name: relation.name,
  form: relation.form,
  kept_days: relation.kind && kept[relation.kind],
  bytes: relation.bytes,
  rows: relation.rows,
  bytes_per_value: relation.bytesPerValue,
  oldest: relation.oldestMs,
  newest: relation.newestMs,
  floor: relation.floorMs,
  until: relation.untilMs,
  dirty: relation.dirty,
  late_rows: relation.lateRows,
})
