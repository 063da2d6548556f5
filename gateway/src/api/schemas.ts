// The shapes of the HTTP API, once: validation, OpenAPI and the UI's types come from here.
// Times are milliseconds since 1970 UTC; keys are snake_case.

import { z } from '@hono/zod-openapi'
import { METRICS } from '@secumon/contracts/metrics'

export const ErrorBody = z
  .object({
    error: z.string().openapi({ example: 'invalid or expired token' }),
    code: z.int().openapi({ description: 'The HTTP status.', example: 401 }),
    detail: z
      .string()
      .optional()
      .openapi({ description: 'What to do about it, where there is more to say.' }),
    retry_after_ms: z.int().optional(),
  })
  .openapi('Error')

export const Role = z.enum(['superadmin', 'admin', 'user', 'readonly']).openapi('Role')

export const UserBody = z
  .object({ id: z.string(), username: z.string(), role: Role, tenant_id: z.string() })
  .openapi('User')

export const LoginBody = z
  .object({
    username: z.string().min(1).max(320).openapi({ description: 'User name or e-mail.' }),
    password: z.string().min(1).max(1024),
    otp: z.string().max(16).optional(),
  })
  .openapi('Login')

export const TokensBody = z
  .object({
    token: z.string(),
    refresh_token: z.string(),
    expires_at: z.string().openapi({ description: 'RFC 3339.' }),
    user: UserBody,
  })
  .openapi('Tokens')

export const RefreshBody = z.object({ refresh_token: z.string().min(1).max(512) }).openapi('Refresh')
export const RefreshedBody = z
  .object({ token: z.string(), expires_at: z.string(), refresh_token: z.string() })
  .openapi('Refreshed')

export const SessionBody = z
  .object({ user: UserBody, tenant: z.object({ id: z.string(), name: z.string() }), version: z.string() })
  .openapi('Session')

export const LegacyAgents = z.object({ count: z.int(), agents: z.array(z.string()) }).openapi('AgentNames')

export const Status = z.enum(['online', 'offline', 'unknown', 'pending']).openapi('AgentStatus')

export const FleetSort = z.enum(['name', 'status', 'cpu', 'memory', 'disk', 'load', 'last_seen', 'enrolled'])

export const FleetQuery = z.object({
  q: z.string().max(200).optional().openapi({ description: 'Part of a name, host name, address or tag.' }),
  status: z.string().max(100).optional().openapi({ description: 'Comma-separated statuses.' }),
  tag: z.string().max(64).optional(),
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

/** One dimension value's current metrics: `{ "name": "/", "values": { "disk.usage_percent": 41.2 } }`. */
export const DimensionValues = z.object({ name: z.string(), values: z.record(z.string(), z.number()) })

export const ProcessBody = z.object({
  pid: z.int(),
  name: z.string(),
  user: z.string(),
  cpu_percent: z.number(),
  rss_bytes: z.number(),
})

/** The latest value of everything, each group with the time it was measured at, so that staleness shows. */
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

export const SeriesQuery = z.object({
  keys: z.string().min(1).max(2000).openapi({ description: 'Comma-separated metric keys, at most 20.' }),
  from: z.coerce.number().int().openapi({ description: 'Milliseconds; negative: relative to now.' }),
  to: z.coerce.number().int().optional().openapi({ description: 'Milliseconds; absent: now.' }),
  step: z.coerce
    .number()
    .int()
    .min(1000)
    .optional()
    .openapi({ description: 'Milliseconds; absent: range ÷ points.' }),
  points: z.coerce.number().int().min(10).max(5000).default(500),
  aggregation: z.enum(['avg', 'max', 'min', 'last', 'sum', 'rate']).optional(),
  dimension: z
    .string()
    .max(255)
    .optional()
    .openapi({ description: 'One value of the dimension; absent: all.' }),
})

export const Series = z
  .object({
    key: z.enum(METRICS.map((metric) => metric.key)),
    unit: z.string(),
    aggregation: z.enum(['avg', 'max', 'min', 'last', 'sum', 'rate']),
    name: z.string().nullable().openapi({ description: 'Value of the dimension; null where there is none.' }),
    values: z.array(z.number().nullable()).openapi({ description: 'One per time; null is a gap.' }),
    min: z
      .array(z.number().nullable())
      .optional()
      .openapi({ description: 'With avg, when buckets hold several.' }),
    max: z.array(z.number().nullable()).optional(),
  })
  .openapi('Series')

export const SeriesBody = z
  .object({
    from: z.int(),
    to: z.int(),
    step: z.int(),
    source: z.string().openapi({ description: 'The relation that was read.' }),
    times: z.array(z.int()).openapi({ description: 'Start of each bucket.' }),
    series: z.array(Series),
  })
  .openapi('SeriesSet')

export const MetricBody = z
  .object({
    key: z.string(),
    unit: z.string(),
    kind: z.enum(['gauge', 'delta']),
    dimension: z.string().nullable(),
    description: z.object({ en: z.string(), fr: z.string() }),
  })
  .openapi('Metric')

export const LiveQuery = z.object({
  agent: z.string().max(64).optional().openapi({ description: 'Also this agent’s every observation.' }),
})

/** Events of `/live`: `fleet` carries changed FleetAgent rows, `agent` a Latest, `platform` a PlatformBody. */
export const PlatformBody = z
  .object({
    at: z.int(),
    frames_per_second: z.number(),
    values_per_second: z.number(),
    lag_ms: z.number().openapi({ description: 'Age of the newest row when it became visible.' }),
    backlog: z
      .int()
      .openapi({ description: 'Messages in the log that the slowest projector has not taken.' }),
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

/** Every agent in a few bytes, for the map: no paging, 10,000 cells. */
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

export const EnrolBody = z
  .object({
    token: z.string().min(20).max(200),
    public_key: z.string().openapi({ description: 'Ed25519, base64, 32 bytes.' }),
    name: z.string().min(1).max(253),
    tags: z.array(z.string().max(64)).max(50).default([]),
    simulated: z.boolean().default(false),
  })
  .openapi('Enrol')

export const EnrolledBody = z
  .object({
    tenant: z.string(),
    agent: z.string(),
    ingest_url: z.string(),
    config_public_key: z.string().openapi({ description: 'Ed25519, base64: pinned by the agent.' }),
    epochs: z.array(
      z.object({
        lane: z.enum(['telemetry', 'logs']),
        epoch: z.int(),
        epoch_started: z.string().openapi({ description: 'Serialized EpochStarted, base64.' }),
      }),
    ),
  })
  .openapi('Enrolled')

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
