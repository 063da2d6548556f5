// One agent: what it is, its latest values, its systemd units. Times are milliseconds since 1970 UTC.

import { z } from '@hono/zod-openapi'
import { FleetAgent } from './fleet.ts'
import { text } from './text.ts'

export const InventoryBody = z
  .object({
    hostname: z.string(),
    os: z.string(),
    kernel: z.string(),
    architecture: z.string(),
    cpu_model: z.string(),
    cpu_cores: z.int(),
    memory_total_bytes: z.number(),
    addresses: z.array(z.string()),
    packages: z.int(),
    agent_version: z.string(),
    booted_at: z.int(),
    virtualization: z.string(),
  })
  .openapi('Inventory')

export const DimensionValues = z.object({ name: z.string(), values: z.record(z.string(), z.number()) })

export const ProcessBody = z.object({
  pid: z.int(),
  name: z.string(),
  user: z.string(),
  cpu_percent: z.number(),
  rss_bytes: z.number(),
})

export const LatestBody = z
  .object({
    at: z.int(),
    interval_ms: z.int(),
    host: z.record(z.string(), z.number()).openapi({ description: 'By metric key.' }),
    cores: z.array(z.number()),
    mounts: z.array(DimensionValues.extend({ device: z.string(), type: z.string() })),
    devices: z.array(DimensionValues),
    interfaces: z.array(DimensionValues),
    sensors: z.array(DimensionValues),
    processes: z.array(ProcessBody),
    processes_at: z.int().nullable(),
    users: z.array(z.object({ name: z.string(), terminal: z.string(), host: z.string(), since: z.int() })),
    faults: z.array(z.object({ collector: z.string(), message: z.string() })),
  })
  .openapi('Latest')

export const UnitBody = z.object({ unit: z.string(), active_state: z.string(), sub_state: z.string() })

export const AgentBody = z
  .object({
    agent: FleetAgent,
    inventory: InventoryBody.nullable(),
    latest: LatestBody.nullable(),
    units: z.array(UnitBody),
  })
  .openapi('Agent')

export const AgentId = z
  .string()
  .regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'a ULID: 26 characters')
  .openapi({ param: { name: 'id', in: 'path' }, example: '01JD3V7T9PZ8Q6X5W4R3S2T1N0' })

/** What of an agent people may change; what is absent stays. */
export const AgentPatch = z
  .strictObject({
    name: text(253).trim().min(1).optional(),
    tags: z.array(z.string().min(1).max(64)).max(50).optional(),
  })
  .refine((patch) => patch.name !== undefined || patch.tags !== undefined, 'give a name, tags or both')
  .openapi('AgentPatch')

/** The change is in the log; the tables show it within moments. */
export const AcceptedBody = z
  .object({
    accepted: z.literal(true),
    position: z.object({ aggregate: z.string(), id: z.string(), version: z.int() }),
  })
  .openapi('Accepted')
