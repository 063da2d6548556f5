// GET /api/v1/storage/status: what the database holds, what is done to it by itself, and how long its disk lasts.

import type { z } from '@hono/zod-openapi'
import { ADMINS, runsPlatform } from '../../../auth/principal.ts'
import type { ApiDeps } from '../../deps.ts'
import { answer, createRoute, endpoint, FORBIDDEN, SIGNED_IN, SIGNED_IN_ERRORS } from '../../endpoint.ts'
import { Failure } from '../../failures.ts'
import { requireRole } from '../../middleware/require-login.ts'
import { StorageBody } from '../../schemas/storage.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/storage/status',
  tags: ['storage'],
  summary: 'How the storage is',
  description: 'For admins of those who run the platform: it tells of all tenants’ data together.',
  security: SIGNED_IN,
  responses: { 200: answer(StorageBody, 'At this moment.'), ...SIGNED_IN_ERRORS, ...FORBIDDEN },
})

export const storageState = ({ reads, clock }: Pick<ApiDeps, 'reads' | 'clock'>) =>
  endpoint(route, async (c) => {
    requireRole(c.var.principal, ADMINS)
    if (!runsPlatform(c.var.principal))
      throw new Failure(403, 'forbidden', { detail: 'Only who runs the platform sees its storage.' })
    return c.json(bodyOf(await reads.storage(clock.nowMs())), 200)
  })

type Storage = Awaited<ReturnType<ApiDeps['reads']['storage']>>

const bodyOf = ({
  edition,
  database,
  relations,
  jobs,
  disk,
  growth,
}: Storage): z.infer<typeof StorageBody> => ({
  edition,
  database,
  relations: relations.map((relation) => ({
    schema: relation.schema,
    name: relation.name,
    bytes: relation.bytes,
    rows: relation.rows,
    bytes_per_value: relation.bytesPerValue,
    oldest: relation.oldestMs,
    newest: relation.newestMs,
    floor: relation.floorMs,
    until: relation.untilMs,
    dirty: relation.dirty,
    late_rows: relation.lateRows,
  })),
  jobs: jobs.map((job) => ({
    name: job.name,
    about: job.about,
    schedule: job.schedule,
    state: job.state,
    last_run: job.lastRunMs,
    last_duration_ms: job.lastDurationMs,
    last_ok: job.lastOkMs,
    next_run: job.nextRunMs,
    failures: job.failures,
    detail: job.detail,
    owner: job.owner,
  })),
  disk: disk?.space ? { free_bytes: disk.space.freeBytes, total_bytes: disk.space.totalBytes } : null,
  growth: {
    bytes_per_day: growth.bytesPerDay,
    days_left: typeof growth.daysLeft === 'number' ? growth.daysLeft : null,
    stable: growth.daysLeft === 'stable',
  },
})
