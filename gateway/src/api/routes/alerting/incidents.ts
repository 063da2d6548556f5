// GET /api/v1/incidents and /api/v1/incidents/{id}: alerts that are handled together, and the rounds of messages.

import { scopesOf, type Principal } from '../../../auth/principal.ts'
import { alertRows } from '../../alerting/alert-bodies.ts'
import type { ApiDeps } from '../../deps.ts'
import { answer, createRoute, endpoint, NOT_FOUND, SIGNED_IN, SIGNED_IN_ERRORS } from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { rangeOf, requireWords } from '../../query-values.ts'
import { ById } from '../../schemas/id.ts'
import { IncidentBody, IncidentQuery, IncidentsBody, IncidentState } from '../../schemas/incident.ts'

type Deps = Pick<ApiDeps, 'reads' | 'db' | 'clock'>

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/incidents',
  tags: ['incidents'],
  summary: 'Incidents, the newest first',
  security: SIGNED_IN,
  request: { query: IncidentQuery },
  responses: { 200: answer(IncidentsBody, 'One page.'), ...SIGNED_IN_ERRORS },
})

export const incidents = ({ reads, clock }: Deps) =>
  endpoint(listRoute, async (c) => {
    const query = c.req.valid('query')
    requireWords('state', query.state, IncidentState.options)
    const scopes = scopesOf(c.var.principal)
    const [page, open] = await Promise.all([
      reads.alerting.listIncidents(scopes, { ...query, ...rangeOf(query, clock.nowMs()) }),
      reads.alerting.openIncidents(scopes),
    ])
    return c.json({ total: page.total, open, incidents: [...page.rows], next: page.next }, 200)
  })

const incidentRoute = createRoute({
  method: 'get',
  path: '/api/v1/incidents/{id}',
  tags: ['incidents'],
  summary: 'One incident with its alerts and messages',
  security: SIGNED_IN,
  request: { params: ById },
  responses: { 200: answer(IncidentBody, 'The incident.'), ...SIGNED_IN_ERRORS, ...NOT_FOUND },
})

export const incident = (deps: Deps) =>
  endpoint(incidentRoute, async (c) => {
    const body = await incidentBody(deps, c.var.principal, c.req.valid('param').id)
    if (!body) throw notFound('incident')
    return c.json(body, 200)
  })

const SHOWN_NOTIFICATIONS = 500

async function incidentBody({ reads, db }: Deps, principal: Principal, id: string) {
  const scopes = scopesOf(principal)
  const { alerting } = reads
  const found = await alerting.findIncident(scopes, id)
  if (!found) return undefined
  const members = await alerting.alertsOfIncident(scopes, id)
  const [alerts, rounds, told] = await Promise.all([
    alerting.findAlerts(
      scopes,
      members.map(({ alert }) => alert),
    ),
    alerting.incidentRounds(scopes, id),
    alerting.listNotifications(scopes, { incident: id, limit: SHOWN_NOTIFICATIONS }),
  ])
  const rows = new Map((await alertRows(db, alerts)).map((row) => [row.id, row]))
  return {
    incident: found,
    // An alert that is past its retention has gone.
    alerts: members.flatMap(({ alert: alertId, ...membership }) => {
      const alert = rows.get(alertId)
      return alert ? [{ alert, ...membership }] : []
    }),
    rounds,
    notifications: [...told.rows],
  }
}
