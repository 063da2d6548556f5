// GET /api/v1/schedules, …/{id} and …/{id}/on-call: schedules, and who is on call when.

import { onCallBetween } from '@secumon/domain/schedule/on-call'
import { scopesOf, type Principal } from '../../../auth/principal.ts'
import { overrideBodies, scheduleOf, scheduleRows, shiftBody } from '../../alerting/on-call.ts'
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
  OnCallBody,
  OnCallQuery,
  ScheduleBody,
  ScheduleQuery,
  SchedulesBody,
} from '../../schemas/schedule.ts'

type Deps = Pick<ApiDeps, 'reads' | 'db' | 'clock'>

const common = { method: 'get' as const, tags: ['schedules'], security: SIGNED_IN }
const errors = { ...SIGNED_IN_ERRORS, ...FORBIDDEN, ...NOT_FOUND }

const listRoute = createRoute({
  ...common,
  path: '/api/v1/schedules',
  summary: 'On-call schedules, by name, with who is on call now',
  request: { query: ScheduleQuery },
  responses: { 200: answer(SchedulesBody, 'One page.'), ...SIGNED_IN_ERRORS },
})

export const schedules = (deps: Deps) =>
  endpoint(listRoute, async (c) => {
    const scopes = scopesOf(c.var.principal)
    const { total, rows, next } = await deps.reads.alerting.listSchedules(scopes, c.req.valid('query'))
    return c.json({ total, schedules: await scheduleRows(deps, scopes, rows), next }, 200)
  })

const scheduleRoute = createRoute({
  ...common,
  path: '/api/v1/schedules/{id}',
  summary: 'One on-call schedule with its overrides',
  request: { params: ById, query: OfPlatform },
  responses: { 200: answer(ScheduleBody, 'The schedule.'), ...errors },
})

export const schedule = (deps: Deps) =>
  endpoint(scheduleRoute, async (c) => {
    const asked = { ...c.req.valid('param'), ...c.req.valid('query') }
    const body = await scheduleBody(deps, c.var.principal, asked)
    if (!body) throw notFound('schedule')
    return c.json(body, 200)
  })

type Asked = PlatformQuery & { readonly id: string }

/** One schedule with the overrides that are not over; undefined when there is no such. */
export async function scheduleBody(deps: Deps, principal: Principal, asked: Asked) {
  const found = await findWithOverrides(deps, principal, { ...asked, fromMs: deps.clock.nowMs() })
  if (!found) return undefined
  const { scopes, row, overrides } = found
  const [schedule] = await scheduleRows(deps, scopes, [row])
  return schedule && { schedule, overrides: await overrideBodies(deps.db, overrides) }
}

async function findWithOverrides(
  { reads }: Deps,
  principal: Principal,
  asked: Asked & { readonly fromMs: number },
) {
  const { scopes } = placeOf(principal, asked)
  const row = await reads.alerting.findSchedule(scopes, asked.id)
  if (!row || row.deleted) return undefined
  const wanted = { schedules: [asked.id], fromMs: asked.fromMs }
  return { scopes, row, overrides: (await reads.alerting.scheduleOverrides(scopes, wanted)).get(asked.id) }
}

const DAY_MS = 24 * 3_600_000
const MAX_SPAN_MS = 400 * DAY_MS
const MAX_SHIFTS = 2_000

const onCallRoute = createRoute({
  ...common,
  path: '/api/v1/schedules/{id}/on-call',
  summary: 'Who is on call between two times',
  request: { params: ById, query: OnCallQuery.extend(OfPlatform.shape) },
  responses: { 200: answer(OnCallBody, 'The shifts.'), ...errors },
})

export const onCall = (deps: Deps) =>
  endpoint(onCallRoute, async (c) => {
    const { from: wanted, to, platform } = c.req.valid('query')
    const nowMs = deps.clock.nowMs()
    const from = momentOf(wanted ?? nowMs, nowMs)
    const span = spanOf({ from, to: to ?? from + 14 * DAY_MS }, { nowMs, maxMs: MAX_SPAN_MS })
    const asked = { ...c.req.valid('param'), platform, fromMs: span.from }
    const found = await findWithOverrides(deps, c.var.principal, asked)
    if (!found) throw notFound('schedule')
    const shifts = onCallBetween(scheduleOf(found.row, found.overrides), {
      fromMs: span.from,
      untilMs: span.to,
      limit: MAX_SHIFTS + 1,
    })
    const cut = shifts.length > MAX_SHIFTS
    return c.json({ ...span, shifts: shifts.slice(0, MAX_SHIFTS).map(shiftBody), cut }, 200)
  })
