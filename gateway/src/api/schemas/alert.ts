// Alerts: one per rule, agent and dimension, from pending to resolved. Times are milliseconds since 1970 UTC.

import { z } from '@hono/zod-openapi'
import { HUSHING_STAGES } from '@secumon/contracts/alerting-words'
import { ActorBody } from './actor.ts'
import { Moment, Next, Paging, QueryMoment, Ulid } from './id.ts'
import { SeverityName } from './rule.ts'
import { lines, text } from './text.ts'

export const AlertState = z.enum(['pending', 'firing', 'resolved']).openapi('AlertState')

export const ResolutionName = z
  .enum(['recovered', 'not_confirmed', 'no_data', 'rule_changed', 'agent_retired', 'out_of_scope'])
  .openapi('Resolution')

export const MuteStage = z.string().openapi({
  description: 'dependency, unknown_host, late, flapping, maintenance, silence, active_hours or no_policy.',
  example: 'maintenance',
})

export const MuteBody = z
  .object({
    stage: MuteStage,
    by: z.string().nullable().openapi({ description: 'ULID of the alert, silence, maintenance or policy.' }),
    by_name: z.string().nullable(),
    detail: z.string(),
    since: z.int(),
    until: z.int().nullable().openapi({ description: 'null: it is muted still.' }),
  })
  .openapi('Mute')

export const AcknowledgementBody = z
  .object({
    at: z.int(),
    by: ActorBody.nullable(),
    note: z.string(),
    expires_at: z.int().nullable().openapi({ description: 'null: when the alert is resolved.' }),
    sticky: z.boolean().openapi({ description: 'False: it ends when the alert gets worse.' }),
  })
  .openapi('Acknowledgement')

export const AlertRow = z
  .object({
    id: Ulid,
    state: AlertState,
    severity: SeverityName,
    platform: z
      .boolean()
      .openapi({ description: 'Of the platform itself, not of one of its tenants’ agents.' }),
    rule: z.object({
      id: z.string(),
      name: z.string(),
      version: z.int(),
      platform: z.boolean().openapi({ description: 'A rule of the whole platform.' }),
    }),
    agent: z.object({ id: Ulid, name: z.string() }).nullable(),
    metric: z.string().openapi({ description: 'Key of the catalogue, `offline` or `platform.<metric>`.' }),
    dimension: z.string().nullable().openapi({ description: 'Mount, device, interface …' }),
    description: z.string(),
    runbook_url: z.string().nullable(),
    labels: z.record(z.string(), z.string()),
    began_at: z.int().openapi({ description: 'Of the sample that made it pending.' }),
    fired_at: z.int().nullable(),
    resolved_at: z.int().nullable(),
    resolution: ResolutionName.nullable(),
    value: z.number().nullable().openapi({ description: 'At the last change, after aggregation.' }),
    threshold: z.number().nullable(),
    no_data: z.boolean().openapi({ description: 'It fired because nothing was heard.' }),
    late: z.boolean().openapi({ description: 'Its samples came late: nobody was told.' }),
    flapping: z.boolean(),
    simulated: z.boolean(),
    acknowledged: AcknowledgementBody.nullable(),
    muted: MuteBody.nullable().openapi({ description: 'Why nobody is told now.' }),
    notes: z.int(),
    version: z.int(),
    updated_at: z.int(),
  })
  .openapi('Alert')

export const AlertQuery = z.object({
  state: text(60).optional().openapi({ description: 'Comma-separated states.' }),
  severity: text(60).optional().openapi({ description: 'Comma-separated severities.' }),
  agent: Ulid.optional(),
  rule: Ulid.optional(),
  rule_platform: z
    .enum(['true', 'false'])
    .optional()
    .openapi({ description: 'true: of a rule of the whole platform; false: of the tenant’s own.' }),
  metric: text(100).optional(),
  q: text(200)
    .optional()
    .openapi({ description: 'Part of a rule’s or agent’s name, dimension or label value.' }),
  from: QueryMoment.optional().openapi({ description: 'Not over before; negative: relative to now.' }),
  to: QueryMoment.optional().openapi({ description: 'Begun before; negative: relative to now.' }),
  acknowledged: z.enum(['true', 'false']).optional(),
  muted: z.enum(['true', 'false']).optional(),
  open: z
    .enum(['true', 'false'])
    .optional()
    .openapi({ description: `true: neither acknowledged nor muted by ${HUSHING_STAGES.join(', ')}.` }),
  fired: z
    .enum(['true', 'false', 'any'])
    .default('any')
    .openapi({ description: 'false: only those that never got beyond pending.' }),
  simulated: z.enum(['true', 'false']).optional(),
  sort: z
    .enum(['newest', 'worst'])
    .default('newest')
    .openapi({ description: '`worst`: by severity, then the newest first.' }),
  ...Paging,
})

/** The filters and the order of a list, whole. */
export const AlertExportQuery = AlertQuery.omit({ limit: true, after: true })

export const AlertCounts = z
  .object({
    pending: z.int(),
    firing: z.int(),
    acknowledged: z.int().openapi({ description: 'Of those that are firing.' }),
    muted: z.int().openapi({ description: 'Of those that are firing.' }),
    open: z.int().openapi({
      description:
        'Firing, and neither acknowledged nor muted by a silence, a maintenance or what it depends on: what somebody ' +
        'has to look at, told or not.',
    }),
    by_severity: z
      .object({ info: z.int(), warning: z.int(), critical: z.int() })
      .openapi({ description: 'Of those that are firing.' }),
  })
  .openapi('AlertCounts')

export const AlertsBody = z
  .object({
    total: z.int().openapi({ description: 'Alerts that match; counted up to 10,000.' }),
    counts: AlertCounts.openapi({ description: 'Of the whole tenant, whatever the filter.' }),
    alerts: z.array(AlertRow),
    next: Next,
    as_of: z.int(),
  })
  .openapi('Alerts')

export const EvidenceBody = z
  .object({
    sample: z
      .object({
        agent: z.string(),
        epoch: z.int(),
        lane: z.int(),
        sequence: z.int(),
        observation: z.int(),
      })
      .nullable()
      .openapi({ description: 'Its place in the agent’s chain; null where time alone decided.' }),
    at: z.int(),
    received_at: z.int(),
    value: z.number().nullable(),
    threshold: z.number(),
    samples: z.array(z.object({ at: z.int(), value: z.number() })),
    late: z.boolean(),
    rule_version: z.int(),
  })
  .openapi('Evidence')

export const AlertEvent = z
  .object({
    version: z.int(),
    at: z.int().openapi({ description: 'When it was decided.' }),
    kind: z.enum([
      'pending',
      'fired',
      'resolved',
      'flapping',
      'settled',
      'host_unknown',
      'host_known',
      'relabelled',
      'acknowledged',
      'unacknowledged',
      'noted',
    ]),
    by: ActorBody.nullable(),
    evidence: EvidenceBody.nullable(),
    note: z.string().nullable(),
    resolution: ResolutionName.nullable(),
    change_percent: z.number().nullable(),
    expires_at: z.int().nullable(),
    sticky: z.boolean().nullable(),
    end: z.enum(['taken_back', 'expired', 'changed']).nullable(),
    labels: z
      .record(z.string(), z.string())
      .nullable()
      .openapi({ description: 'What it is labelled with from here on; null where they are not said anew.' }),
  })
  .openapi('AlertEvent')

export const Acknowledge = z
  .strictObject({
    note: lines(2_000).default(''),
    expires_at: Moment.nullable().default(null).openapi({ description: 'null: when the alert is resolved.' }),
    sticky: z.boolean().default(false).openapi({ description: 'It stays when the alert gets worse.' }),
  })
  .openapi('Acknowledge')

export const NoteBody = z.strictObject({ note: lines(2_000).trim().min(1) }).openapi('Note')

const MAX_BULK = 500
const AlertIds = z.array(Ulid).min(1).max(MAX_BULK)

export const BulkAcknowledge = Acknowledge.extend({ alerts: AlertIds }).openapi('BulkAcknowledge')

export const BulkSilence = z
  .strictObject({ alerts: AlertIds, reason: lines(2_000).default(''), expires_at: Moment })
  .openapi('BulkSilence')

export const BulkBody = z
  .object({
    done: z.int(),
    outcomes: z.array(
      z.object({
        alert: z.string(),
        error: z.string().nullable().openapi({ description: 'null: it was done.' }),
      }),
    ),
  })
  .openapi('BulkOutcome')

export const BulkSilenceBody = BulkBody.extend({
  silences: z.array(z.string()).openapi({ description: 'ULIDs of the silences that were made.' }),
}).openapi('BulkSilenceOutcome')
