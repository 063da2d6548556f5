// Maintenances are planned, changed and cancelled.

import { maintenance as decider, type MaintenanceCommand } from '@secumon/domain/maintenance/maintenance'
import { OPERATORS, type Principal } from '../../../auth/principal.ts'
import { maintenanceSpecOf } from '../../alerting/muting-text.ts'
import { placeOf } from '../../alerting/place.ts'
import { accepted, carryOut, type CommandDeps, type Order } from '../../carry-out.ts'
import type { ApiDeps } from '../../deps.ts'
import {
  CHANGE_ERRORS,
  changed,
  CREATE_ERRORS,
  created,
  createRoute,
  endpoint,
  jsonBody,
  KEYED,
  SIGNED_IN,
} from '../../endpoint.ts'
import { requireRole } from '../../middleware/require-login.ts'
import { newId } from '../../once.ts'
import { ById, OfPlatform, type PlatformQuery } from '../../schemas/id.ts'
import { MaintenanceBody, MaintenanceChange, MaintenanceCreate } from '../../schemas/maintenance.ts'
import { maintenanceBody } from './maintenances.ts'

type Deps = CommandDeps & Pick<ApiDeps, 'db'>

const common = { tags: ['maintenances'], security: SIGNED_IN }

const planRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/v1/maintenances',
  summary: 'Plan a maintenance',
  request: { ...KEYED, query: OfPlatform, ...jsonBody(MaintenanceCreate) },
  responses: { ...created(MaintenanceBody, 'The maintenance.'), ...CREATE_ERRORS },
})

export const planMaintenance = (deps: Deps) =>
  endpoint(planRoute, async (c) => {
    const { once } = c.var
    const asked = { id: newId(once, deps.clock.nowMs()), once, ...c.req.valid('query') }
    const spec = maintenanceSpecOf(c.req.valid('json').spec)
    const made = await commandIn(deps, c.var.principal, asked, { kind: 'PlanMaintenance', spec })
    const body = made.visible ? await maintenanceBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 201) : c.json(accepted(made), 202)
  })

const changeRoute = createRoute({
  ...common,
  method: 'put',
  path: '/api/v1/maintenances/{id}',
  summary: 'Change a maintenance',
  request: { params: ById, query: OfPlatform, ...jsonBody(MaintenanceChange) },
  responses: { ...changed(MaintenanceBody, 'The maintenance.'), ...CHANGE_ERRORS },
})

export const changeMaintenance = (deps: Deps) =>
  endpoint(changeRoute, async (c) => {
    const { spec: text, version } = c.req.valid('json')
    const asked = { ...c.req.valid('param'), ...c.req.valid('query'), expectedVersion: version }
    const spec = maintenanceSpecOf(text)
    const made = await commandIn(deps, c.var.principal, asked, { kind: 'ChangeMaintenance', spec })
    const body = made.visible ? await maintenanceBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

const cancelRoute = createRoute({
  ...common,
  method: 'delete',
  path: '/api/v1/maintenances/{id}',
  summary: 'Cancel a maintenance, also one that has begun',
  request: { params: ById, query: OfPlatform },
  responses: { ...changed(MaintenanceBody, 'The maintenance, cancelled.'), ...CHANGE_ERRORS },
})

export const cancelMaintenance = (deps: Deps) =>
  endpoint(cancelRoute, async (c) => {
    const asked = { ...c.req.valid('param'), ...c.req.valid('query') }
    const made = await commandIn(deps, c.var.principal, asked, { kind: 'CancelMaintenance' })
    const body = made.visible ? await maintenanceBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

type Asked = PlatformQuery & Pick<Order<unknown, unknown>, 'id' | 'expectedVersion' | 'once'>

function commandIn(deps: Deps, principal: Principal, asked: Asked, command: MaintenanceCommand) {
  requireRole(principal, OPERATORS)
  const { tenant } = placeOf(principal, asked)
  const { id, expectedVersion, once } = asked
  return carryOut(deps, principal, { decider, tenant, id, command, expectedVersion, once })
}
