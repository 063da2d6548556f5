// Tables of the alerting read model. All are fed by EVENTS; each row tells of one aggregate alone, so that the order in
// which aggregates come makes no difference. Ids are ULIDs as text: they sort by time.

import { sql, type Kysely } from 'kysely'
import type { GenerationTable } from '../projector.ts'

/** How long what is over stays in the read model; log and archive keep it for ever. */
export const ALERT_RETENTION_DAYS = 365

const over = (name: string, time: string): GenerationTable => ({ name, time, keptDays: ALERT_RETENTION_DAYS })

export const ALERTS_TABLES: readonly GenerationTable[] = [
  { name: 'rules' },
  { name: 'rule_versions' },
  over('alerts', 'last_at'),
  over('alert_history', 'at'),
  over('mutes', 'last_at'),
  over('mute_history', 'at'),
  over('incidents', 'last_at'),
  over('incident_alerts', 'last_at'),
  over('incident_rounds', 'at'),
  over('notifications', 'last_at'),
  over('silences', 'last_at'),
  { name: 'maintenances' },
  { name: 'policies' },
  { name: 'schedules' },
  { name: 'schedule_overrides' },
  { name: 'channels' },
]

const STATE = `tenant_id text not null, id text collate "C" not null, version bigint not null,
  last_at timestamptz not null`
const LISTED = `tenant_id text not null, id text collate "C" not null, version bigint not null,
  ordinal integer not null, at timestamptz not null, actor jsonb`
const DOCUMENT = `${STATE}, spec jsonb not null, name text not null, deleted boolean not null,
  created_at timestamptz not null, created_by jsonb, changed_at timestamptz not null, changed_by jsonb`
const BY_ID = 'primary key (tenant_id, id)'
const BY_PLACE = 'primary key (tenant_id, id, version, ordinal)'

const COLUMNS: Readonly<Record<string, string>> = {
  rules: `${DOCUMENT}, severity smallint not null, metric text not null, enabled boolean not null,
    built_in boolean not null, ${BY_ID}`,
  rule_versions: `${LISTED}, change text not null, spec jsonb, ${BY_PLACE}`,
  alerts: `${STATE}, state text not null, severity smallint not null, rule_tenant text not null,
    rule_id text collate "C" not null, rule_version bigint not null, rule_name text not null,
    description text not null, runbook_url text not null, agent_id text collate "C" not null,
    agent_name text not null, metric text not null, dimension text not null, labels jsonb not null,
    simulated boolean not null, began_at timestamptz not null, fired_at timestamptz, resolved_at timestamptz,
    resolution smallint not null, value double precision, threshold double precision, no_data boolean not null,
    late boolean not null, flapping boolean not null, acknowledged_at timestamptz, acknowledged_by jsonb,
    acknowledged_note text not null, acknowledgement_expires_at timestamptz,
    acknowledgement_sticky boolean not null, notes integer not null, ${BY_ID}`,
  alert_history: `${LISTED}, event jsonb not null, ${BY_PLACE}`,
  mutes: `${STATE}, stage text, muted_by text collate "C" not null, detail text not null, ${BY_ID}`,
  mute_history: `${LISTED}, stage text, muted_by text collate "C" not null, detail text not null, ${BY_PLACE}`,
  incidents: `${STATE}, state text not null, policy_id text collate "C" not null, policy_version bigint not null,
    group_labels jsonb not null, severity smallint not null, summary boolean not null, opened_at timestamptz not null, closed_at timestamptz,
    told_at timestamptz, ${BY_ID}`,
  incident_alerts: `${STATE}, alert_id text collate "C" not null, joined_at timestamptz not null,
    left_at timestamptz, left_why text not null, primary key (tenant_id, id, alert_id)`,
  incident_rounds: `${LISTED}, kind smallint not null, step integer not null, repeat integer not null,
    due_at timestamptz not null, alerts jsonb not null, notifications text[] not null, unreached jsonb not null,
    ${BY_PLACE}`,
  notifications: `${STATE}, state text not null, incident_id text collate "C" not null,
    channel_id text collate "C" not null, kind smallint not null, step integer not null,
    schedule_id text collate "C" not null, member text not null, due_at timestamptz not null,
    test boolean not null, alerts jsonb not null, alert_ids text[] collate "C" not null, attempts jsonb not null,
    retry_at timestamptz, answer text not null, reason text not null, refused boolean not null,
    delivered_at timestamptz, ${BY_ID}`,
  silences: `${STATE}, matchers jsonb not null, reason text not null, starts_at timestamptz not null,
    expires_at timestamptz not null, ended_at timestamptz, ended_by jsonb, created_at timestamptz not null,
    created_by jsonb, ${BY_ID}`,
  maintenances: `${DOCUMENT}, ${BY_ID}`,
  policies: `${DOCUMENT}, place bigint not null, ${BY_ID}`,
  schedules: `${DOCUMENT}, ${BY_ID}`,
  schedule_overrides: `${STATE}, override_id text collate "C" not null, member jsonb not null,
    from_at timestamptz not null, until_at timestamptz not null, reason text not null,
    created_at timestamptz not null, created_by jsonb, ended boolean not null,
    primary key (tenant_id, id, override_id)`,
  channels: `${DOCUMENT}, kind text not null, secret_version bigint not null, ${BY_ID}`,
}

// Without the tenant: who sees the platform's alerts beside their own reads both in one order.
const INDEXES: readonly string[] = [
  'alerts (id desc)',
  'incidents (opened_at desc, id desc)',
  'notifications (due_at desc, id desc)',
  'alerts (tenant_id, severity desc, id desc)',
  'alerts (tenant_id, agent_id, id desc)',
  'alerts (tenant_id, rule_id, id desc)',
  "alerts (tenant_id, severity desc, id desc) where state <> 'resolved'",
  'incident_alerts (tenant_id, alert_id)',
  'incidents (tenant_id, opened_at desc, id desc)',
  "incidents (tenant_id, opened_at desc, id desc) where state = 'open'",
  'notifications (tenant_id, due_at desc, id desc)',
  "notifications (tenant_id, due_at desc, id desc) where state <> 'delivered'",
  'notifications (tenant_id, incident_id)',
  'notifications (tenant_id, channel_id, due_at desc, id desc)',
]

export async function createAlertsTables(db: Kysely<unknown>, schema: string): Promise<void> {
  const at = sql.ref(schema)
  for (const [name, columns] of Object.entries(COLUMNS))
    await sql`create table ${at}.${sql.ref(name)} (${sql.raw(columns)})`.execute(db)
  for (const index of INDEXES) await sql`create index on ${at}.${sql.raw(index)}`.execute(db)
  await sql`create index on ${at}.notifications using gin (alert_ids)`.execute(db)
}
