// Rules are made, changed, switched on and off, and deleted. What cannot work is refused with the reason.

import { rule as decider, type RuleCommand } from '@secumon/domain/rule/rule'
import { ADMINS, type Principal } from '../../../auth/principal.ts'
import { placeOf } from '../../alerting/place.ts'
import { carryOutNaming, ruleReferences } from '../../alerting/references.ts'
import { ruleSpecOf } from '../../alerting/rule-text.ts'
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
  SIGNED_IN,
} from '../../endpoint.ts'
import { requireRole } from '../../middleware/require-login.ts'
import { newId } from '../../once.ts'
import { ById, OfPlatform, type PlatformQuery } from '../../schemas/id.ts'
import { RuleBody, RuleChange, RuleCreate } from '../../schemas/rule.ts'
import { ruleBody } from './rules.ts'

type Deps = CommandDeps & Pick<ApiDeps, 'db'>

const common = { tags: ['rules'], security: SIGNED_IN }
const one = { params: ById, query: OfPlatform }

const createRuleRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/v1/rules',
  summary: 'Make a rule',
  request: { ...KEYED, query: OfPlatform, ...jsonBody(RuleCreate) },
  responses: { ...created(RuleBody, 'The rule; it is judged by within seconds.'), ...CREATE_ERRORS },
})

export const createRule = (deps: Deps) =>
  endpoint(createRuleRoute, async (c) => {
    const { spec, enabled } = c.req.valid('json')
    const { once } = c.var
    const asked = { id: newId(once, deps.clock.nowMs()), once, ...c.req.valid('query') }
    const command = { kind: 'CreateRule', spec: ruleSpecOf(spec), enabled, builtIn: false } as const
    const made = await commandRule(deps, c.var.principal, asked, ({ tenant }) => ({ ...command, tenant }))
    const body = made.visible ? await ruleBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 201) : c.json(accepted(made), 202)
  })

const changeRuleRoute = createRoute({
  ...common,
  method: 'put',
  path: '/api/v1/rules/{id}',
  summary: 'Change a rule',
  request: { ...one, ...jsonBody(RuleChange) },
  responses: { ...changed(RuleBody, 'The rule; it is judged by within seconds.'), ...CHANGE_ERRORS },
})

export const changeRule = (deps: Deps) =>
  endpoint(changeRuleRoute, async (c) => {
    const { spec, version } = c.req.valid('json')
    const asked = { ...c.req.valid('param'), ...c.req.valid('query'), expectedVersion: version }
    const command = { kind: 'ChangeRule', spec: ruleSpecOf(spec) } as const
    const made = await commandRule(deps, c.var.principal, asked, ({ tenant }) => ({ ...command, tenant }))
    const body = made.visible ? await ruleBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

const enableRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/v1/rules/{id}/enable',
  summary: 'Switch a rule on',
  request: one,
  responses: { ...changed(RuleBody, 'The rule.'), ...CHANGE_ERRORS },
})

export const enableRule = (deps: Deps) =>
  endpoint(enableRoute, async (c) => {
    const asked = { ...c.req.valid('param'), ...c.req.valid('query') }
    const made = await commandRule(deps, c.var.principal, asked, () => ({ kind: 'EnableRule' }))
    const body = made.visible ? await ruleBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

const disableRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/v1/rules/{id}/disable',
  summary: 'Switch a rule off; its alerts end',
  request: one,
  responses: { ...changed(RuleBody, 'The rule.'), ...CHANGE_ERRORS },
})

export const disableRule = (deps: Deps) =>
  endpoint(disableRoute, async (c) => {
    const asked = { ...c.req.valid('param'), ...c.req.valid('query') }
    const made = await commandRule(deps, c.var.principal, asked, () => ({ kind: 'DisableRule' }))
    const body = made.visible ? await ruleBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

const deleteRoute = createRoute({
  ...common,
  method: 'delete',
  path: '/api/v1/rules/{id}',
  summary: 'Delete a rule; its alerts end',
  request: one,
  responses: { ...DELETED, ...CHANGE_ERRORS },
})

export const deleteRule = (deps: Deps) =>
  endpoint(deleteRoute, async (c) => {
    const asked = { ...c.req.valid('param'), ...c.req.valid('query') }
    const made = await commandRule(deps, c.var.principal, asked, () => ({ kind: 'DeleteRule' }))
    return made.visible ? c.json(accepted(made), 200) : c.json(accepted(made), 202)
  })

type Asked = PlatformQuery & Pick<Order<unknown, unknown>, 'id' | 'expectedVersion' | 'once'>

function commandRule(
  deps: Deps,
  principal: Principal,
  asked: Asked,
  commandIn: (place: { readonly tenant: string }) => RuleCommand,
) {
  requireRole(principal, ADMINS)
  const place = placeOf(principal, asked)
  const { id, expectedVersion, once } = asked
  const command = commandIn(place)
  return carryOutNaming(deps, principal, {
    place,
    order: { decider, id, command, expectedVersion, once },
    references:
      'spec' in command ? ruleReferences(command.spec, { isPlatform: asked.platform === 'true' }) : [],
  })
}
