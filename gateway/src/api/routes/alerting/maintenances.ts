// GET /api/v1/maintenances, …/{id} and …/calendar: what is planned, and when it is.

import { keptOccurrences } from '@secumon/domain/maintenance/kept-occurrences'
import type { Occurrence } from '@secumon/domain/maintenance/occurrences'
import type { MaintenanceRow as FoundMaintenance } from '@secumon/projections/alerts/queries/muting'
import { scopesOf, type Principal } from '../../../auth/principal.ts'
import { maintenanceSpecBody } from '../../alerting/muting-text.ts'
import { peopleOf } from '../../alerting/people.ts'
import { placeOf } from '../../alerting/place.ts'
import type { ApiDeps } from '../../deps.ts'
import {
  answer,
  createRoute,
  endpoint,
  FORBIDDEN,
  NOT_FOUND,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
} from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { momentOf, spanOf } from '../../query-values.ts'
import { ById, OfPlatform, type PlatformQuery } from '../../schemas/id.ts'
import {
  CalendarBody,
  CalendarQuery,
  MaintenanceBody,
  MaintenanceQuery,
  MaintenancesBody,
} from '../../schemas/maintenance.ts'

type Deps = Pick<ApiDeps, 'reads' | 'db' | 'clock'>

const common = { method: 'get' as const, tags: ['maintenances'], security: SIGNED_IN }

const listRoute = createRoute({
  ...common,
  path: '/api/v1/maintenances',
  summary: 'Maintenances, by name',
  request: { query: MaintenanceQuery },
  responses: { 200: answer(MaintenancesBody, 'One page.'), ...SIGNED_IN_ERRORS },
})

export const maintenances = (deps: Deps) =>
  endpoint(listRoute, async (c) => {
    const query = c.req.valid('query')
    const page = await deps.reads.alerting.listMaintenances(scopesOf(c.var.principal), query)
    const { total, next } = page
    return c.json({ total, maintenances: await maintenanceRows(deps, page.rows), next }, 200)
  })

const maintenanceRoute = createRoute({
  ...common,
  path: '/api/v1/maintenances/{id}',
  summary: 'One maintenance',
  request: { params: ById, query: OfPlatform },
  responses: {
    200: answer(MaintenanceBody, 'The maintenance.'),
    ...SIGNED_IN_ERRORS,
    ...FORBIDDEN,
    ...NOT_FOUND,
  },
})

export const maintenance = (deps: Deps) =>
  endpoint(maintenanceRoute, async (c) => {
    const asked = { ...c.req.valid('param'), ...c.req.valid('query') }
    const body = await maintenanceBody(deps, c.var.principal, asked)
    if (!body) throw notFound('maintenance')
    return c.json(body, 200)
  })

type Asked = PlatformQuery & { readonly id: string }

/** One maintenance, also a cancelled one; undefined when there is no such. */
export async function maintenanceBody(deps: Deps, principal: Principal, asked: Asked) {
  const { scopes } = placeOf(principal, asked)
  const found = await deps.reads.alerting.findMaintenance(scopes, asked.id)
  const [row] = found ? await maintenanceRows(deps, [found]) : []
  return row && { maintenance: row }
}

async function maintenanceRows({ db, clock }: Deps, found: readonly FoundMaintenance[]) {
  const people = await peopleOf(
    db,
    found.map(({ created_by }) => created_by),
  )
  const nowMs = clock.nowMs()
  return found.map((row) => ({
    id: row.id,
    platform: row.platform,
    spec: maintenanceSpecBody(row.spec),
    ...windowsOf(row, nowMs),
    created_at: row.created_at,
    created_by: people(row.created_by),
    changed_at: row.changed_at,
    cancelled_at: row.deleted ? row.changed_at : null,
    version: row.version,
  }))
}

function windowsOf({ spec, deleted }: FoundMaintenance, nowMs: number) {
  if (deleted) return { active: null, next: null, problem: '' }
  const { at, after, problem } = keptOccurrences(spec)
  return { active: windowBody(at(nowMs)), next: windowBody(after(nowMs)), problem: problem() }
}

const windowBody = (occurrence: Occurrence | undefined) =>
  occurrence ? { from: occurrence.fromMs, to: occurrence.untilMs } : null

const MAX_MAINTENANCES = 1_000
const MAX_OCCURRENCES = 2_000
const DAY_MS = 24 * 3_600_000
const MONTH_MS = 31 * DAY_MS
const MAX_SPAN_MS = 400 * DAY_MS

const calendarRoute = createRoute({
  ...common,
  path: '/api/v1/maintenances/calendar',
  summary: 'When maintenances are, between two times',
  request: { query: CalendarQuery },
  responses: { 200: answer(CalendarBody, 'Their windows.'), ...SIGNED_IN_ERRORS },
})

export const maintenanceCalendar = ({ reads, clock }: Deps) =>
  endpoint(calendarRoute, async (c) => {
    const nowMs = clock.nowMs()
    const query = c.req.valid('query')
    const from = momentOf(query.from, nowMs)
    const span = spanOf({ from, to: query.to ?? from + MONTH_MS }, { nowMs, maxMs: MAX_SPAN_MS })
    const asked = { limit: MAX_MAINTENANCES }
    const { rows, next } = await reads.alerting.listMaintenances(scopesOf(c.var.principal), asked)
    const found: CalendarEntry[] = []
    for (const row of rows) found.push(...entriesOf(row, span, MAX_OCCURRENCES + 1 - found.length))
    const occurrences = found.slice(0, MAX_OCCURRENCES).toSorted((a, b) => a.from - b.from)
    return c.json({ ...span, occurrences, cut: next !== null || found.length > MAX_OCCURRENCES }, 200)
  })

type CalendarEntry = { from: number; to: number; maintenance: string; name: string }
type Span = { readonly from: number; readonly to: number }

const entriesOf = ({ id, spec }: FoundMaintenance, { from, to }: Span, limit: number): CalendarEntry[] =>
  limit <= 0
    ? []
    : keptOccurrences(spec)
        .between(from, to, limit)
        .map(({ fromMs, untilMs }) => ({ from: fromMs, to: untilMs, maintenance: id, name: spec.name }))
