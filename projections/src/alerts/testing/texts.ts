// What people wrote before the night: a rule, a policy, a channel, a schedule, a silence, a maintenance.

import { create, type MessageInitShape } from '@bufbuild/protobuf'
import {
  ChannelCreatedSchema,
  EscalationPolicyCreatedSchema,
  ScheduleCreatedSchema,
  ScheduleOverriddenSchema,
  ScheduleOverrideEndedSchema,
} from '@secumon/contracts/gen/escalation'
import {
  MaintenancePlannedSchema,
  MatchOperator,
  SilenceCreatedSchema,
  SilenceEndedSchema,
} from '@secumon/contracts/gen/muting'
import {
  Aggregation,
  Comparison,
  NoDataPolicy,
  RuleChangedSchema,
  RuleCreatedSchema,
  RuleDisabledSchema,
  Severity,
  type RuleSpecSchema,
} from '@secumon/contracts/gen/rule'
import type { Appended } from '../../testing/memory-log.ts'
import {
  CHANNEL,
  MAINTENANCE,
  MINUTE,
  NIGHT,
  OVERRIDE,
  POLICY,
  RULE,
  say,
  SCHEDULE,
  SILENCE,
} from './speech.ts'

/** The rule of the night. */
export const SPEC: MessageInitShape<typeof RuleSpecSchema> = {
  name: 'CPU is busy',
  severity: Severity.CRITICAL,
  condition: {
    case: 'metric',
    value: {
      metric: 'cpu.usage_percent',
      comparison: Comparison.GT,
      threshold: 90,
      recovery: 80,
      aggregation: Aggregation.AVG,
      windowMs: 60_000,
    },
  },
  durationMs: 300_000,
  noData: { policy: NoDataPolicy.IGNORE },
  labels: { team: 'web' },
  scope: { scope: { case: 'everyone', value: {} } },
}

export const texts: readonly Appended[] = [
  say({
    aggregate: 'rule',
    id: RULE,
    version: 1,
    events: [{ case: 'ruleCreated', value: create(RuleCreatedSchema, { spec: SPEC, enabled: true }) }],
  }),
  say({
    aggregate: 'rule',
    id: RULE,
    version: 2,
    events: [
      {
        case: 'ruleChanged',
        value: create(RuleChangedSchema, { spec: { ...SPEC, name: 'CPU is very busy' } }),
      },
      { case: 'ruleDisabled', value: create(RuleDisabledSchema) },
    ],
  }),
  say({
    aggregate: 'escalation',
    id: POLICY,
    version: 1,
    events: [
      {
        case: 'escalationPolicyCreated',
        value: create(EscalationPolicyCreatedSchema, {
          spec: {
            name: 'Everybody',
            order: 7,
            steps: [{ targets: [{ target: { case: 'channel', value: CHANNEL } }] }],
          },
        }),
      },
    ],
  }),
  say({
    aggregate: 'channel',
    id: CHANNEL,
    version: 1,
    events: [
      {
        case: 'channelCreated',
        value: create(ChannelCreatedSchema, {
          spec: {
            name: 'Hook',
            kind: 'webhook',
            settings: { url: 'https://example.org/hook' },
            language: 'en',
          },
          secretVersion: 1,
        }),
      },
    ],
  }),
  say({
    aggregate: 'schedule',
    id: SCHEDULE,
    version: 1,
    events: [
      {
        case: 'scheduleCreated',
        value: create(ScheduleCreatedSchema, { spec: { name: 'Nights', timeZone: 'Europe/Paris' } }),
      },
    ],
  }),
  say({
    aggregate: 'schedule',
    id: SCHEDULE,
    version: 2,
    events: [
      {
        case: 'scheduleOverridden',
        value: create(ScheduleOverriddenSchema, {
          override: OVERRIDE,
          member: { name: 'stand-in', channels: [CHANNEL] },
          fromMs: BigInt(NIGHT),
          untilMs: BigInt(NIGHT + 60 * MINUTE),
        }),
      },
    ],
  }),
  say({
    aggregate: 'schedule',
    id: SCHEDULE,
    version: 3,
    events: [
      { case: 'scheduleOverrideEnded', value: create(ScheduleOverrideEndedSchema, { override: OVERRIDE }) },
    ],
  }),
  say({
    aggregate: 'silence',
    id: SILENCE,
    version: 1,
    events: [
      {
        case: 'silenceCreated',
        value: create(SilenceCreatedSchema, {
          matchers: [{ label: 'team', operator: MatchOperator.EQUAL, value: 'web' }],
          reason: 'known',
          startsAtMs: BigInt(NIGHT),
          expiresAtMs: BigInt(NIGHT + 60 * MINUTE),
        }),
      },
    ],
  }),
  say({
    aggregate: 'maintenance',
    id: MAINTENANCE,
    version: 1,
    events: [
      {
        case: 'maintenancePlanned',
        value: create(MaintenancePlannedSchema, {
          spec: {
            name: 'Sunday',
            timeZone: 'Europe/Paris',
            startsAt: '2026-06-07T02:00:00',
            durationMs: 3_600_000,
          },
        }),
      },
    ],
  }),
]

export const ended: readonly Appended[] = [
  say({
    aggregate: 'silence',
    id: SILENCE,
    version: 2,
    atMs: NIGHT + 5 * MINUTE,
    events: [{ case: 'silenceEnded', value: create(SilenceEndedSchema) }],
  }),
]
