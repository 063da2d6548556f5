// GET /api/v1/storage/jobs and POST /api/v1/storage/jobs/{name}/run: what is done to stored data by itself, and having it
// done now. Jobs are the platform's: what they do, they do to all tenants.

import type { z } from '@hono/zod-openapi'
import type { JobStatus } from '@secumon/projections/storage/queries/jobs'
import { ADMINS } from '../../../auth/principal.ts'
import type { ApiDeps } from '../../deps.ts'
import {
  answer,
  createRoute,
  endpoint,
  FORBIDDEN,
  NOT_FOUND,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
} from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { requirePlatform, requireRole } from '../../middleware/require-login.ts'
import { JobBody, JobByName, JobsBody } from '../../schemas/storage.ts'

const common = { tags: ['storage'], security: SIGNED_IN }

const listRoute = createRoute({
  ...common,
  method: 'get',
  path: '/api/v1/storage/jobs',
  summary: 'What is done to stored data by itself',
  description: 'For those who run the platform.',
  responses: { 200: answer(JobsBody, 'All of them.'), ...SIGNED_IN_ERRORS, ...FORBIDDEN },
})

export const storageJobs = ({ reads }: Pick<ApiDeps, 'reads'>) =>
  endpoint(listRoute, async (c) => {
    requirePlatform(c.var.principal)
    return c.json({ jobs: (await reads.storageJobs()).map(jobBody) }, 200)
  })

const runRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/v1/storage/jobs/{name}/run',
  summary: 'Have a job done as soon as somebody can',
  description: 'For admins of those who run the platform. Jobs of TimescaleDB run by its own clock only.',
  request: { params: JobByName },
  responses: {
    200: answer(JobBody, 'It is due; a role archiver does it within seconds.'),
    ...SIGNED_IN_ERRORS,
    ...FORBIDDEN,
    ...NOT_FOUND,
  },
})

export const runStorageJob = ({ reads, hastenJob }: Pick<ApiDeps, 'reads' | 'hastenJob'>) =>
  endpoint(runRoute, async (c) => {
    requirePlatform(c.var.principal)
    requireRole(c.var.principal, ADMINS)
    const { name } = c.req.valid('param')
    const isKnown = await hastenJob(name)
    const job = (await reads.storageJobs()).find((each) => each.name === name)
    if (!isKnown || !job) throw notFound('job')
    c.var.logger.info(
      { job: name, user: c.var.principal.user.username },
      'a job of the storage was asked for',
    )
    return c.json(jobBody(job), 200)
  })

/** A job as it is told. */
export const jobBody = (job: JobStatus): z.infer<typeof JobBody> => ({
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
  deletes: job.deletes,
})
