// GET /api/v1/alerts and /api/v1/alerts/{id}: a page of alerts with the tenant's counts, and one with all that led to it.

import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import type { z } from '@hono/zod-openapi'
import { scopesOf, scopesWithPlatform, type Principal } from '../../../auth/principal.ts'
import { alertEvents, alertRows } from '../../alerting/alert-bodies.ts'
import { ruleSpecBody } from '../../alerting/rule-text.ts'
import type { ApiDeps } from '../../deps.ts'
import { answer, createRoute, endpoint, NOT_FOUND, SIGNED_IN, SIGNED_IN_ERRORS } from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { rangeOf, requireWords } from '../../query-values.ts'
import { AlertBody } from '../../schemas/alert-detail.ts'
import { AlertQuery, AlertsBody, AlertState, type AlertExportQuery } from '../../schemas/alert.ts'
import { ById } from '../../schemas/id.ts'
import { SeverityName } from '../../schemas/rule.ts'

type Deps = Pick<ApiDeps, 'reads' | 'db' | 'clock'>

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/alerts',
  tags: ['alerts'],
  summary: 'Alerts, and how many want attention',
  security: SIGNED_IN,
  request: { query: AlertQuery },
  responses: {
    200: answer(AlertsBody, 'One page, and the counts of the whole tenant.'),
    ...SIGNED_IN_ERRORS,
  },
})

export const alerts = ({ reads, db, clock }: Deps) =>
  endpoint(listRoute, async (c) => {
    const { limit, after, ...query } = c.req.valid('query')
    const asked = alertFilter(query, clock.nowMs())
    const scopes = scopesOf(c.var.principal)
    const [page, counts] = await Promise.all([
      reads.alerting.listAlerts(scopes, { ...asked, limit, after }),
      reads.alerting.alertCounts(scopes),
    ])
    const { total, next } = page
    return c.json({ total, counts, alerts: await alertRows(db, page.rows), next, as_of: clock.nowMs() }, 200)
  })

/** What a list is asked for, with its words checked and its moments made absolute. @throws Failure 400 */
export function alertFilter(query: z.output<typeof AlertExportQuery>, nowMs: number) {
  requireWords('state', query.state, AlertState.options)
  requireWords('severity', query.severity, SeverityName.options)
  return { ...query, ...rangeOf(query, nowMs) }
}

const alertRoute = createRoute({
  method: 'get',
  path: '/api/v1/alerts/{id}',
  tags: ['alerts'],
  summary: 'One alert: what led to it, who was told, and why somebody was not',
  security: SIGNED_IN,
  request: { params: ById },
  responses: { 200: answer(AlertBody, 'The alert.'), ...SIGNED_IN_ERRORS, ...NOT_FOUND },
})

export const alert = (deps: Deps) =>
  endpoint(alertRoute, async (c) => {
    const body = await alertBody(deps, c.var.principal, c.req.valid('param').id)
    if (!body) throw notFound('alert')
    return c.json(body, 200)
  })

const SHOWN_NOTIFICATIONS = 500

/** One alert with everything about it; undefined when the principal sees no such. */
export async function alertBody({ reads, db }: Deps, principal: Principal, id: string) {
  const scopes = scopesOf(principal)
  const { alerting } = reads
  const found = await alerting.findAlert(scopes, id)
  if (!found) return undefined
  const [[alert], spec, events, mutes, incidents, told, missed] = await Promise.all([
    alertRows(db, [found]),
    ruleOf(alerting, principal, found.rule),
    alerting.alertEvents(scopes, id),
    alerting.alertMutes(scopes, id),
    alerting.incidentsOfAlert(scopes, id),
    alerting.listNotifications(scopes, { alert: id, limit: SHOWN_NOTIFICATIONS }),
    alerting.missedRounds(scopes, id),
  ])
  return (
    alert && {
      alert,
      rule: spec ? ruleSpecBody(spec) : null,
      history: await alertEvents(db, events),
      mutes,
      incidents,
      notifications: told.rows.toReversed(),
      missed,
    }
  )
}

type Rule = { readonly id: string; readonly version: number; readonly platform: boolean }

function ruleOf(alerting: ApiDeps['reads']['alerting'], principal: Principal, rule: Rule) {
  const scope = scopesWithPlatform(principal).find(
    ({ tenant }) => (tenant === SYSTEM_TENANT) === rule.platform,
  )
  return alerting.ruleAt([scope ?? principal.scope], rule)
}
