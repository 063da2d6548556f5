// On-call schedules are made, changed and deleted; for a time somebody else takes a shift.

import { schedule as decider, type ScheduleCommand } from '@secumon/domain/schedule/schedule'
import type { UserRole } from '@secumon/infra/vault/users'
import { ADMINS, OPERATORS, type Principal } from '../../../auth/principal.ts'
import { memberOf, scheduleSpecOf } from '../../alerting/escalation-text.ts'
import { placeOf } from '../../alerting/place.ts'
import {
  carryOutNaming,
  memberReferences,
  scheduleReferences,
  type Reference,
} from '../../alerting/references.ts'
import { requireUnused } from '../../alerting/uses.ts'
import { accepted, type CommandDeps, type Order } from '../../carry-out.ts'
import type { ApiDeps } from '../../deps.ts'
import {
  CHANGE_ERRORS,
  changed,
  CREATE_ERRORS,
  created,
  createRoute,
  DELETED,
  endpoint,
  jsonBody,
  KEYED,
  KEY_REUSED,
  SIGNED_IN,
} from '../../endpoint.ts'
import { requireRole } from '../../middleware/require-login.ts'
import { newId } from '../../once.ts'
import { ById, Deletion, OfPlatform, Ulid, type PlatformQuery } from '../../schemas/id.ts'
import { OverrideCreate, ScheduleBody, ScheduleChange, ScheduleCreate } from '../../schemas/schedule.ts'
import { scheduleBody } from './schedules.ts'

type Deps = CommandDeps & Pick<ApiDeps, 'db'>

const common = { tags: ['schedules'], security: SIGNED_IN }
const one = { params: ById, query: OfPlatform }

const createScheduleRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/v1/schedules',
  summary: 'Make an on-call schedule',
  request: { ...KEYED, query: OfPlatform, ...jsonBody(ScheduleCreate) },
  responses: { ...created(ScheduleBody, 'The schedule.'), ...CREATE_ERRORS },
})

export const createSchedule = (deps: Deps) =>
  endpoint(createScheduleRoute, async (c) => {
    const { once } = c.var
    const asked = { id: newId(once, deps.clock.nowMs()), once, ...c.req.valid('query') }
    const spec = scheduleSpecOf(c.req.valid('json').spec)
    const made = await commandIn(deps, c.var.principal, {
      ...asked,
      command: { kind: 'CreateSchedule', spec },
    })
    const body = made.visible ? await scheduleBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 201) : c.json(accepted(made), 202)
  })

const changeRoute = createRoute({
  ...common,
  method: 'put',
  path: '/api/v1/schedules/{id}',
  summary: 'Change an on-call schedule',
  request: { ...one, ...jsonBody(ScheduleChange) },
  responses: { ...changed(ScheduleBody, 'The schedule.'), ...CHANGE_ERRORS },
})

export const changeSchedule = (deps: Deps) =>
  endpoint(changeRoute, async (c) => {
    const { spec: text, version } = c.req.valid('json')
    const asked = { ...c.req.valid('param'), ...c.req.valid('query'), expectedVersion: version }
    const command = { kind: 'ChangeSchedule', spec: scheduleSpecOf(text) } as const
    const made = await commandIn(deps, c.var.principal, { ...asked, command })
    const body = made.visible ? await scheduleBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

const deleteRoute = createRoute({
  ...common,
  method: 'delete',
  path: '/api/v1/schedules/{id}',
  summary: 'Delete an on-call schedule: who is told by it is told nothing any more',
  request: { params: ById, query: Deletion },
  responses: { ...DELETED, ...CHANGE_ERRORS },
})

export const deleteSchedule = (deps: Deps) =>
  endpoint(deleteRoute, async (c) => {
    const { principal } = c.var
    const asked = { ...c.req.valid('param'), ...c.req.valid('query'), kind: 'schedule' } as const
    requireRole(principal, ADMINS)
    await requireUnused(deps, placeOf(principal, asked), asked)
    const made = await commandIn(deps, principal, { ...asked, command: { kind: 'DeleteSchedule' } })
    return made.visible ? c.json(accepted(made), 200) : c.json(accepted(made), 202)
  })

const overrideRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/v1/schedules/{id}/overrides',
  summary: 'Put somebody else on call for a time',
  request: { ...KEYED, ...one, ...jsonBody(OverrideCreate) },
  responses: { ...created(ScheduleBody, 'The schedule.'), ...CHANGE_ERRORS, ...KEY_REUSED },
})

export const overrideSchedule = (deps: Deps) =>
  endpoint(overrideRoute, async (c) => {
    const { member, from, until, reason } = c.req.valid('json')
    const atMs = deps.clock.nowMs()
    const { once } = c.var
    const asked = { ...c.req.valid('param'), ...c.req.valid('query'), roles: OPERATORS, once }
    const override = { override: newId(once, atMs), member: memberOf(member), fromMs: from, untilMs: until }
    const command = { kind: 'OverrideSchedule', ...override, reason, atMs } as const
    const made = await commandIn(deps, c.var.principal, { ...asked, command })
    const body = made.visible ? await scheduleBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 201) : c.json(accepted(made), 202)
  })

const endOverrideRoute = createRoute({
  ...common,
  method: 'delete',
  path: '/api/v1/schedules/{id}/overrides/{override}',
  summary: 'End an override: the layers say who is on call again',
  request: {
    params: ById.extend({ override: Ulid.openapi({ param: { name: 'override', in: 'path' } }) }),
    query: OfPlatform,
  },
  responses: { ...changed(ScheduleBody, 'The schedule.'), ...CHANGE_ERRORS },
})

export const endOverride = (deps: Deps) =>
  endpoint(endOverrideRoute, async (c) => {
    const { id, override } = c.req.valid('param')
    const asked = { id, ...c.req.valid('query'), roles: OPERATORS }
    const made = await commandIn(deps, c.var.principal, {
      ...asked,
      command: { kind: 'EndOverride', override },
    })
    const body = made.visible ? await scheduleBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

type Wanted = PlatformQuery &
  Omit<Order<ScheduleCommand, unknown>, 'decider' | 'tenant'> & {
    /** Absent: admins. */
    readonly roles?: readonly UserRole[]
  }

function commandIn(deps: Deps, principal: Principal, wanted: Wanted) {
  requireRole(principal, wanted.roles ?? ADMINS)
  const { id, command, expectedVersion, once } = wanted
  return carryOutNaming(deps, principal, {
    place: placeOf(principal, wanted),
    order: { decider, id, command, expectedVersion, once },
    references: referencesOf(command),
  })
}

function referencesOf(command: ScheduleCommand): Reference[] {
  if ('spec' in command) return scheduleReferences(command.spec)
  return 'member' in command ? memberReferences(command.member, 'member') : []
}
