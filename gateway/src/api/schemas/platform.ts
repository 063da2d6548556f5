// What the platform says of itself, and the overview. Times are milliseconds since 1970 UTC.

import { z } from '@hono/zod-openapi'
import { FleetAgent, StatusCounts } from './fleet.ts'

export const LiveQuery = z.object({
  agent: z.string().max(64).optional().openapi({ description: 'Also this agent’s every observation.' }),
})

export const PlatformBody = z
  .object({
    at: z.int(),
    frames_per_second: z.number(),
    values_per_second: z.number(),
    lag_ms: z.number().openapi({ description: 'Age of the newest row when it became visible.' }),
    backlog: z
      .int()
      .openapi({ description: 'Messages in the log that the slowest projector has not taken.' }),
    archive_lag_ms: z.number().openapi({
      description: 'Age of the oldest telemetry that is not archived: agents keep it until it is.',
    }),
    archive_full: z.boolean().openapi({ description: 'The archive has no room on its disk.' }),
    log_trouble: z.string().nullable(),
  })
  .openapi('Platform')

export const ChangeBody = z
  .object({
    at: z.int(),
    kind: z.string().openapi({ description: 'Name of the domain event or `status`.' }),
    agent_id: z.string().nullable(),
    agent_name: z.string().nullable(),
    summary: z.string(),
  })
  .openapi('Change')

export const OverviewBody = z
  .object({
    counts: StatusCounts,
    platform: PlatformBody,
    top: z.object({ cpu: z.array(FleetAgent), memory: z.array(FleetAgent), disk: z.array(FleetAgent) }),
    changes: z.array(ChangeBody).openapi({ description: 'The last hour, newest first.' }),
  })
  .openapi('Overview')

export const HealthBody = z
  .object({
    status: z.enum(['healthy', 'degraded', 'unhealthy']),
    version: z.string(),
    roles: z.record(
      z.string(),
      z.object({ status: z.enum(['healthy', 'degraded', 'unhealthy']), detail: z.string().optional() }),
    ),
  })
  .openapi('Health')
