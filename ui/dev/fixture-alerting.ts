// The alert centre's part of the stand-in API: reads answer, changes are taken and forgotten.

import type { RuleSpec } from '../src/lib/alerting-types.ts'
import { alertDetail, ALERTS, alertsBody, incidentDetail, INCIDENTS, MESSAGES } from './fixture-alerts.ts'
import { rulePreview, RULES } from './fixture-rules.ts'

type Answer = (id: string, query: URLSearchParams, body: Record<string, unknown>) => unknown

const one = <Row extends { readonly id: string }>(rows: readonly Row[], id: string): Row | undefined =>
  rows.find((row) => row.id === id)

const ANSWERS: Readonly<Record<string, Answer>> = {
  'alerts/acknowledge': (_id, _query, { alerts }) => ({
    done: Array.isArray(alerts) ? alerts.length : 0,
    outcomes: [],
  }),
  'alerts/silence': (_id, _query, { alerts }) => ({
    done: Array.isArray(alerts) ? alerts.length : 0,
    outcomes: [],
    silences: [],
  }),
  'rules/preview': (_id, _query, { spec }) => rulePreview(spec as RuleSpec),
  alerts: (id, query) => {
    const alert = one(ALERTS, id)
    return id === '' ? alertsBody(query) : alert && alertDetail(alert)
  },
  rules: (id) => {
    const rule = one(RULES, id)
    return id === '' ? { total: RULES.length, rules: RULES, next: null } : rule && { rule, history: [] }
  },
  incidents: (id) => {
    const incident = one(INCIDENTS, id)
    return id === ''
      ? { total: INCIDENTS.length, open: 2, incidents: INCIDENTS, next: null }
      : incident && incidentDetail(incident)
  },
  notifications: () => ({
    total: MESSAGES.length,
    counts: { due: 0, sending: 0, waiting: 1, dead: 1 },
    notifications: MESSAGES,
    next: null,
  }),
}

/** What is answered to a path of the alert centre; undefined when there is no such. */
export function alertingAnswer(path: string, query: URLSearchParams, body: Record<string, unknown>): unknown {
  const [, place = '', id = ''] = path.split('/')
  return ANSWERS[`${place}/${id}`]?.('', query, body) ?? ANSWERS[place]?.(id, query, body)
}
