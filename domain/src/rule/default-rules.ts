// The rules that the product brings along: each tenant's own, which its people may change, and the platform's about itself.
// Their ids are fixed, so that they are created once per tenant, whoever starts first.

import { create, type MessageInitShape } from '@bufbuild/protobuf'
import {
  Aggregation,
  Comparison,
  RuleSpecSchema,
  ScopeSchema,
  Severity,
  type RuleSpec,
} from '@secumon/contracts/gen/rule'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import type { AggregateRef } from '../decider.ts'
import type { PlatformMetricKey } from './platform-metrics.ts'
import type { MetricKey } from '@secumon/contracts/metrics'
import { rule, type RuleCommand } from './rule.ts'

const MINUTE_MS = 60_000

export type DefaultRule = { readonly aggregate: AggregateRef; readonly command: RuleCommand }

/** What creates the built-in rules of a tenant; of `system`, those about the platform. Again, it changes nothing. */
export const defaultRules = (tenant: string): DefaultRule[] =>
  (tenant === SYSTEM_TENANT ? PLATFORM_RULES : TENANT_RULES).map((spec, i) => ({
    aggregate: { tenant, aggregate: rule.aggregate, id: builtInId(i + 1) },
    command: { kind: 'CreateRule', tenant, spec, enabled: true, builtIn: true },
  }))

/** A ULID of the time 0: no other rule can have it. */
const builtInId = (number: number): string => String(number).padStart(26, '0')

type Spec = Omit<MessageInitShape<typeof RuleSpecSchema>, '$typeName' | '$unknown'>

const everyone = (spec: Spec): RuleSpec => {
  const made = create(RuleSpecSchema, { ...spec })
  made.scope = create(ScopeSchema, { scope: { case: 'everyone', value: {} } })
  return made
}

type Above = { readonly metric: MetricKey; readonly threshold: number }

const above = ({ metric, threshold }: Above): NonNullable<Spec['condition']> => ({
  case: 'metric',
  value: { metric, threshold, comparison: Comparison.GT, aggregation: Aggregation.LAST },
})

const platformAbove = (metric: PlatformMetricKey, threshold: number): NonNullable<Spec['condition']> => ({
  case: 'platform',
  value: { metric, threshold, comparison: Comparison.GT },
})

// Append only: the place in the list is the id.
const TENANT_RULES: readonly RuleSpec[] = [
  everyone({
    name: 'CPU busy',
    description: 'More than 90 % of the CPU time is used for 5 minutes.',
    severity: Severity.CRITICAL,
    condition: above({ metric: 'cpu.usage_percent', threshold: 90 }),
    durationMs: 5 * MINUTE_MS,
  }),
  everyone({
    name: 'Memory nearly full',
    description: 'More than 85 % of the memory is used.',
    severity: Severity.WARNING,
    condition: above({ metric: 'memory.usage_percent', threshold: 85 }),
  }),
  everyone({
    name: 'Disk nearly full',
    description: 'More than 90 % of a file system is used.',
    severity: Severity.CRITICAL,
    condition: above({ metric: 'disk.usage_percent', threshold: 90 }),
  }),
  everyone({
    name: 'Load high',
    description: 'On average more than 10 tasks want to run, for 3 minutes.',
    severity: Severity.WARNING,
    condition: above({ metric: 'cpu.load_avg_5', threshold: 10 }),
    durationMs: 3 * MINUTE_MS,
  }),
  everyone({
    name: 'Host offline',
    description: 'Nothing was heard of the host for three of its periods, while the gateways were there.',
    severity: Severity.CRITICAL,
    condition: { case: 'offline', value: {} },
  }),
]

// Append only, as above.
const PLATFORM_RULES: readonly RuleSpec[] = [
  everyone({
    name: 'Projections behind',
    description: 'A projection has been more than a minute behind the log for 2 minutes.',
    severity: Severity.WARNING,
    condition: platformAbove('lag_seconds', 60),
    durationMs: 2 * MINUTE_MS,
  }),
  everyone({
    name: 'Hole in a chain',
    description: 'In the last 24 hours frames were missing in an agent’s chain, and no gap says why.',
    severity: Severity.CRITICAL,
    condition: platformAbove('holes', 0),
  }),
  everyone({
    name: 'Dead letters',
    description: 'Messages could not be projected. They can be listed and tried again.',
    severity: Severity.WARNING,
    condition: platformAbove('dead_letters', 0),
  }),
  everyone({
    name: 'Archive behind',
    description: 'The archive has been more than 5 minutes behind the log for 2 minutes.',
    severity: Severity.CRITICAL,
    condition: platformAbove('archive_lag_seconds', 5 * 60),
    durationMs: 2 * MINUTE_MS,
  }),
  everyone({
    name: 'Log filling up',
    description: 'A stream of the log is more than 80 % full. When it is full, agents have to wait.',
    severity: Severity.WARNING,
    condition: platformAbove('log_fill_percent', 80),
  }),
  everyone({
    name: 'Disk of the database nearly full',
    description: 'Less than 10 % of the disk is free: the oldest days of samples go before their time.',
    severity: Severity.CRITICAL,
    condition: platformAbove('disk_fill_percent', 90),
  }),
]
