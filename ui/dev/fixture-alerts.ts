// A believable night of alerts for developing screens: rows, one alert's page, incidents and messages.

import type {
  AlertDetail,
  AlertEvent,
  AlertRow,
  Alerts,
  Incident,
  IncidentDetail,
  Notification,
  Round,
  RuleSpec,
} from '../src/lib/alerting-types.ts'
import { isQuiet } from '../src/shape/alert-filter.ts'
import { agentRow } from './fixture-data.ts'
import { RULES } from './fixture-rules.ts'

const START_MS = Date.now()
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const actor = { kind: 'user', id: 'u2', name: 'ops-2' } as const

type Sketch = Partial<AlertRow> & { readonly rule: AlertRow['rule'] }

const ruleOf = (index: number): AlertRow['rule'] => {
  const rule = RULES[index % RULES.length]
  return { id: rule?.id ?? '', name: rule?.spec.name ?? '', version: rule?.version ?? 1, platform: false }
}

function row(index: number, sketch: Sketch): AlertRow {
  const agent = agentRow(index * 7, START_MS)
  const began = START_MS - (index + 1) * 11 * MINUTE
  return {
    id: `01KAAAAAAAAAAAAAAAAAAAA${String(index).padStart(3, '0')}`,
    state: 'firing',
    severity: 'warning',
    platform: false,
    agent: { id: agent.id, name: agent.name },
    metric: 'cpu.usage_percent',
    dimension: null,
    description: RULES.find(({ id }) => id === sketch.rule.id)?.spec.description ?? '',
    runbook_url: null,
    labels: {
      severity: sketch.severity ?? 'warning',
      agent: agent.name,
      tags: agent.tags.join(','),
      team: 'base',
    },
    began_at: began,
    fired_at: began + 5 * MINUTE,
    resolved_at: null,
    resolution: null,
    value: 96.4,
    threshold: 90,
    no_data: false,
    late: false,
    flapping: false,
    simulated: false,
    acknowledged: null,
    muted: null,
    notes: 0,
    version: 2,
    updated_at: began + 5 * MINUTE,
    ...sketch,
  }
}

const disk = { rule: ruleOf(2), metric: 'disk.usage_percent', severity: 'critical' } as const
const SKETCHES: readonly Sketch[] = [
  { ...disk, dimension: '/var/lib/postgresql', value: 93.7, runbook_url: 'https://wiki.example.net/disk-full' },
  { rule: ruleOf(4), severity: 'critical', metric: 'offline', value: null, threshold: null },
  { rule: ruleOf(0), severity: 'critical', value: 97.2 },
  {
    ...disk, dimension: '/srv', value: 98.1,
    acknowledged: { at: START_MS - 3 * MINUTE, by: actor, note: 'old dumps are being moved away', expires_at: null, sticky: true },
  },
  { rule: ruleOf(1), metric: 'memory.usage_percent', value: 91, threshold: 85 },
  {
    rule: ruleOf(3), metric: 'cpu.load_avg_5', value: 14.2, threshold: 10,
    muted: { stage: 'maintenance', by: 'M1', by_name: 'Sunday patches', detail: '', since: START_MS - HOUR, until: START_MS + HOUR },
  },
  { rule: ruleOf(3), metric: 'cpu.load_avg_5', value: 11.8, threshold: 10, flapping: true },
  {
    rule: ruleOf(1), metric: 'memory.usage_percent', value: null, threshold: 85, no_data: true,
    muted: { stage: 'dependency', by: 'A', by_name: 'Host offline', detail: '', since: START_MS - HOUR, until: null },
  },
  { rule: ruleOf(5), severity: 'info', metric: 'network.receive_errors', dimension: 'eth0', value: 3.2, threshold: 1 },
  { rule: ruleOf(0), state: 'pending', fired_at: null, severity: 'critical', value: 92 },
  { rule: ruleOf(0), state: 'pending', fired_at: null, severity: 'critical', value: 94 },
  { rule: ruleOf(0), state: 'resolved', severity: 'critical', resolved_at: START_MS - 40 * MINUTE, resolution: 'recovered', value: 61 },
  { ...disk, state: 'resolved', dimension: '/', resolved_at: START_MS - 2 * MINUTE, resolution: 'rule_changed', value: 88 },
] // prettier-ignore

export const ALERTS: readonly AlertRow[] = SKETCHES.map((sketch, i) => row(i, sketch))

const RANK = { critical: 0, warning: 1, info: 2 } as const

/** What /alerts answers. UI_ALERTS=none: a quiet night. */
export function alertsBody(query: URLSearchParams): Alerts {
  const has = (name: string, value: string): boolean => {
    const wanted = query.get(name)
    return !wanted || wanted.split(',').includes(value)
  }
  const text = (query.get('q') ?? '').toLowerCase()
  const all = process.env['UI_ALERTS'] === 'none' ? [] : ALERTS
  const found = all
    .filter(
      (alert) => has('state', alert.state) && has('severity', alert.severity) && has('rule', alert.rule.id),
    )
    .filter(
      (alert) =>
        has('agent', alert.agent?.id ?? '') && has('acknowledged', String(alert.acknowledged !== null)),
    )
    .filter((alert) => has('muted', String(alert.muted !== null)) && has('open', String(!isQuiet(alert))))
    .filter((alert) =>
      `${alert.rule.name} ${alert.agent?.name} ${alert.dimension}`.toLowerCase().includes(text),
    )
    .toSorted((a, b) =>
      query.get('sort') === 'worst' ? RANK[a.severity] - RANK[b.severity] : b.began_at - a.began_at,
    )
  const firing = all.filter(({ state }) => state === 'firing')
  const of = (severity: AlertRow['severity']): number =>
    firing.filter((alert) => alert.severity === severity).length
  return {
    total: found.length,
    counts: {
      pending: all.filter(({ state }) => state === 'pending').length,
      firing: firing.length,
      acknowledged: firing.filter(({ acknowledged }) => acknowledged).length,
      muted: firing.filter(({ muted }) => muted).length,
      open: firing.filter((alert) => !isQuiet(alert)).length,
      by_severity: { info: of('info'), warning: of('warning'), critical: of('critical') },
    },
    alerts: found.slice(0, Number(query.get('limit') ?? 100)),
    next: null,
    as_of: Date.now(),
  }
}

const evidence = (alert: AlertRow, at: number): AlertEvent['evidence'] => ({
  sample: { agent: alert.agent?.id ?? '', epoch: 3, lane: 0, sequence: 48_211, observation: 0 },
  at,
  received_at: at + 180,
  value: alert.value,
  threshold: alert.threshold ?? 0,
  samples: [{ at, value: alert.value ?? 0 }],
  late: false,
  rule_version: alert.rule.version,
})

const event = (kind: AlertEvent['kind'], at: number, more: Partial<AlertEvent> = {}): AlertEvent => ({
  version: 1, at, kind, by: null, evidence: null, note: null, resolution: null, change_percent: null, expires_at: null,
  sticky: null, end: null, labels: null, ...more,
}) // prettier-ignore

function historyOf(alert: AlertRow): AlertEvent[] {
  const events = [event('pending', alert.began_at + 200, { evidence: evidence(alert, alert.began_at) })]
  if (alert.fired_at)
    events.push(event('fired', alert.fired_at + 200, { evidence: evidence(alert, alert.fired_at) }))
  if (alert.fired_at)
    events.push(
      event('noted', alert.fired_at + 3 * MINUTE, {
        by: actor,
        note: 'A backup of last week was left there.',
      }),
    )
  if (alert.acknowledged) {
    const { at, by, note, sticky } = alert.acknowledged
    events.push(event('acknowledged', at, { by, note, sticky }))
  }
  if (alert.resolved_at) events.push(event('resolved', alert.resolved_at, { resolution: alert.resolution }))
  return events.map((each, i) => ({ ...each, version: i + 1 }))
}

/** One message; the state decides its attempts. */
export function message(index: number, change: Partial<Notification> = {}): Notification {
  const due = START_MS - index * 7 * MINUTE
  const state = change.state ?? 'delivered'
  const failed = { answer: null, reason: '502 Bad Gateway', took_ms: 320, retry_at: due + 30_000 }
  return {
    id: `01KNNNNNNNNNNNNNNNNNNNN${String(index).padStart(3, '0')}`,
    incident: '01KIIIIIIIIIIIIIIIIIIII000',
    channel: { id: '01KCCCCCCCCCCCCCCCCCCCC000', name: 'Operations room', kind: 'slack' },
    kind: index === 0 ? 'first' : 'escalated',
    step: index,
    schedule: null,
    member: null,
    alerts: [{ alert: ALERTS[0]?.id ?? '', state: 'firing' }],
    test: false,
    due_at: due,
    attempts: [
      ...(state === 'delivered'
        ? []
        : [
            {
              attempt: 1,
              started_at: due,
              worker: 'w',
              ended_at: due + 320,
              outcome: 'failed' as const,
              ...failed,
            },
          ]),
      {
        attempt: state === 'delivered' ? 1 : 2, started_at: due, worker: 'w', ended_at: due + 90,
        outcome: state === 'delivered' ? 'delivered' : 'dead', answer: '200 ok', reason: null, took_ms: 91, retry_at: null,
      }, // prettier-ignore
    ],
    retry_at: null,
    answer: state === 'delivered' ? '200 ok' : null,
    reason: state === 'delivered' ? null : '404 no_service: the webhook was revoked',
    refused: state === 'dead',
    delivered_at: state === 'delivered' ? due + 91 : null,
    platform: false,
    version: 3,
    updated_at: due,
    ...change,
    state,
  }
}

export const MESSAGES: readonly Notification[] = [
  message(0),
  message(1, { schedule: { id: '01KSSSSSSSSSSSSSSSSSSSS000', name: 'Base team' }, member: 'ops-1' }),
  message(2, { state: 'waiting', retry_at: START_MS + 40_000 }),
  message(3, { state: 'dead' }),
]

/** What /alerts/{id} answers. */
export function alertDetail(alert: AlertRow): AlertDetail {
  const rule: RuleSpec | null = RULES.find(({ id }) => id === alert.rule.id)?.spec ?? null
  return {
    alert: { ...alert, notes: 1 },
    rule,
    history: historyOf(alert),
    mutes: [
      {
        stage: 'active_hours', by: 'P', by_name: 'Nights off', detail: '', since: alert.began_at,
        until: alert.began_at + 2 * MINUTE,
      },
      ...(alert.muted ? [alert.muted] : []),
    ], // prettier-ignore
    incidents: [{ id: '01KIIIIIIIIIIIIIIIIIIII000', joined_at: alert.began_at, left_at: null }],
    notifications: alert.muted ? [] : [...MESSAGES],
    missed: alert.muted ? [] : roundsOf(alert.id).slice(-1),
  }
}

const NOBODY_ON_CALL = {
  step: 0,
  reason: 'nobody_on_call' as const,
  channel: null,
  schedule: { id: 'S', name: 'Nights' },
  member: null,
}

const roundsOf = (alert: string): Round[] =>
  (['escalated', 'changed', 'first'] as const).map((kind, i) => ({
    incident: '01KIIIIIIIIIIIIIIIIIIII000',
    version: 4 - i,
    kind,
    step: kind === 'escalated' ? 1 : 0,
    repeat: 0,
    due_at: START_MS - i * 8 * MINUTE,
    alerts: [{ alert, state: 'firing' }],
    notifications: MESSAGES.map(({ id }) => id),
    unreached: kind === 'first' ? [NOBODY_ON_CALL] : [],
  }))

export const INCIDENTS: readonly Incident[] = [0, 1, 2].map((index) => ({
  id: `01KIIIIIIIIIIIIIIIIIIII${String(index).padStart(3, '0')}`,
  state: index === 2 ? 'closed' : 'open',
  platform: false,
  severity: index === 1 ? 'warning' : 'critical',
  policy: { id: '01KPPPPPPPPPPPPPPPPPPPP000', name: 'Everything else', version: 2 },
  summary: false,
  group: index === 1 ? { rule: 'Load high' } : { agent: 'db-par-0008', severity: 'critical' },
  alerts: { total: 3, firing: index === 2 ? 0 : 3 - index, acknowledged: index === 2 ? 0 : 1 },
  opened_at: START_MS - (index + 1) * 40 * MINUTE,
  closed_at: index === 2 ? START_MS - 20 * MINUTE : null,
  told_at: START_MS - (index + 1) * 12 * MINUTE,
  version: 4,
}))

/** What /incidents/{id} answers. */
export const incidentDetail = (incident: Incident): IncidentDetail => ({
  incident,
  alerts: ALERTS.slice(0, 4).map((alert, i) => ({
    alert,
    joined_at: alert.began_at,
    left_at: i === 3 ? START_MS - MINUTE : null,
    left_why: i === 3 ? 'resolved' : null,
  })),
  rounds: roundsOf(ALERTS[0]?.id ?? ''),
  notifications: [...MESSAGES],
})
