// The fleet: rows, filters, counts and the map. Times are milliseconds since 1970 UTC; keys are snake_case.

import { z } from '@hono/zod-openapi'
import { text } from './text.ts'

export const LegacyAgents = z.object({ count: z.int(), agents: z.array(z.string()) }).openapi('AgentNames')

export const Status = z.enum(['online', 'offline', 'unknown', 'pending']).openapi('AgentStatus')

export const FleetSort = z.enum(['name', 'status', 'cpu', 'memory', 'disk', 'load', 'last_seen', 'enrolled'])

export const FleetQuery = z.object({
  q: text(200).optional().openapi({ description: 'Part of a name, host name, address or tag.' }),
  status: text(100).optional().openapi({ description: 'Comma-separated statuses.' }),
  tag: text(64).optional(),
  simulated: z.enum(['true', 'false']).optional(),
  sort: FleetSort.default('name'),
  order: z.enum(['asc', 'desc']).default('asc'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
})

export const FleetAgent = z
  .object({
    id: z.string().openapi({ description: 'ULID.' }),
    name: z.string(),
    hostname: z.string().nullable(),
    status: Status,
    status_since: z.int().nullable(),
    last_seen: z
      .int()
      .nullable()
      .openapi({ description: 'Arrival of the last frame, by the gateway’s clock.' }),
    period_ms: z.int(),
    os: z.string().nullable(),
    agent_version: z.string().nullable(),
    tags: z.array(z.string()),
    simulated: z.boolean(),
    cpu_percent: z.number().nullable(),
    memory_percent: z.number().nullable(),
    disk_percent: z.number().nullable().openapi({ description: 'The fullest file system.' }),
    disk_mount: z.string().nullable(),
    load_1: z.number().nullable(),
    receive_bytes_per_second: z.number().nullable(),
    transmit_bytes_per_second: z.number().nullable(),
    uptime_seconds: z.number().nullable(),
    clock_offset_ms: z.int().nullable(),
    enrolled_at: z.int(),
  })
  .openapi('FleetAgent')

export const StatusCounts = z
  .object({ online: z.int(), offline: z.int(), unknown: z.int(), pending: z.int() })
  .openapi('StatusCounts')

export const FleetBody = z
  .object({
    total: z.int().openapi({ description: 'Agents that match the filter.' }),
    counts: StatusCounts.openapi({ description: 'By status, of the whole fleet.' }),
    agents: z.array(FleetAgent),
    as_of: z.int(),
  })
  .openapi('Fleet')

export const FleetMapBody = z
  .object({
    agents: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        status: Status,
        tags: z.array(z.string()),
        cpu: z.number().nullable(),
      }),
    ),
  })
  .openapi('FleetMap')
