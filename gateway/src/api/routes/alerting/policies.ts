// Escalation policies: listed in the order in which they take alerts, made, changed, deleted.

import { escalation as decider, type EscalationCommand } from '@secumon/domain/escalation/escalation'
import type { PolicyRow as FoundPolicy } from '@secumon/projections/alerts/queries/escalation'
import { ADMINS, scopesOf, type Principal } from '../../../auth/principal.ts'
import { policySpecBody, policySpecOf } from '../../alerting/escalation-text.ts'
import { peopleOf } from '../../alerting/people.ts'
import { placeOf } from '../../alerting/place.ts'
import { carryOutNaming, policyReferences } from '../../alerting/references.ts'
import { requireUnused } from '../../alerting/uses.ts'
import { accepted, type CommandDeps, type Order } from '../../carry-out.ts'
import type { ApiDeps } from '../../deps.ts'
import {
  answer,
  CHANGE_ERRORS,
  changed,
  CREATE_ERRORS,
  created,
  createRoute,
  DELETED,
  endpoint,
  FORBIDDEN,
  jsonBody,
  KEYED,
  NOT_FOUND,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
} from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { requireRole } from '../../middleware/require-login.ts'
import { newId } from '../../once.ts'
import {
  PoliciesBody,
  PolicyBody,
  PolicyChange,
  PolicyCreate,
  PolicyQuery,
} from '../../schemas/escalation.ts'
import { ById, Deletion, OfPlatform, type PlatformQuery } from '../../schemas/id.ts'

type Deps = CommandDeps & Pick<ApiDeps, 'db'>

const common = { tags: ['escalation-policies'], security: SIGNED_IN }
const PATH = '/api/v1/escalation-policies'
const ONE = `${PATH}/{id}` as const

const listRoute = createRoute({
  ...common,
  method: 'get',
  path: PATH,
  summary: 'Escalation policies, in the order in which they take alerts',
  request: { query: PolicyQuery },
  responses: { 200: answer(PoliciesBody, 'One page.'), ...SIGNED_IN_ERRORS },
})

export const policies = (deps: Deps) =>
  endpoint(listRoute, async (c) => {
    const query = c.req.valid('query')
    const { total, rows, next } = await deps.reads.alerting.listPolicies(scopesOf(c.var.principal), query)
    return c.json({ total, policies: await policyRows(deps, rows), next }, 200)
  })

const policyRoute = createRoute({
  ...common,
  method: 'get',
  path: ONE,
  summary: 'One escalation policy',
  request: { params: ById, query: OfPlatform },
  responses: { 200: answer(PolicyBody, 'The policy.'), ...SIGNED_IN_ERRORS, ...FORBIDDEN, ...NOT_FOUND },
})

export const policy = (deps: Deps) =>
  endpoint(policyRoute, async (c) => {
    const asked = { ...c.req.valid('param'), ...c.req.valid('query') }
    const body = await policyBody(deps, c.var.principal, asked)
    if (!body) throw notFound('escalation policy')
    return c.json(body, 200)
  })

const createPolicyRoute = createRoute({
  ...common,
  method: 'post',
  path: PATH,
  summary: 'Make an escalation policy',
  request: { ...KEYED, query: OfPlatform, ...jsonBody(PolicyCreate) },
  responses: { ...created(PolicyBody, 'The policy.'), ...CREATE_ERRORS },
})

export const createPolicy = (deps: Deps) =>
  endpoint(createPolicyRoute, async (c) => {
    const { once } = c.var
    const asked = { id: newId(once, deps.clock.nowMs()), once, ...c.req.valid('query') }
    const spec = policySpecOf(c.req.valid('json').spec)
    const made = await commandIn(deps, c.var.principal, asked, { kind: 'CreatePolicy', spec })
    const body = made.visible ? await policyBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 201) : c.json(accepted(made), 202)
  })

const changeRoute = createRoute({
  ...common,
  method: 'put',
  path: ONE,
  summary: 'Change an escalation policy',
  request: { params: ById, query: OfPlatform, ...jsonBody(PolicyChange) },
  responses: { ...changed(PolicyBody, 'The policy.'), ...CHANGE_ERRORS },
})

export const changePolicy = (deps: Deps) =>
  endpoint(changeRoute, async (c) => {
    const { spec: text, version } = c.req.valid('json')
    const asked = { ...c.req.valid('param'), ...c.req.valid('query'), expectedVersion: version }
    const command = { kind: 'ChangePolicy', spec: policySpecOf(text) } as const
    const made = await commandIn(deps, c.var.principal, asked, command)
    const body = made.visible ? await policyBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

const deleteRoute = createRoute({
  ...common,
  method: 'delete',
  path: ONE,
  summary: 'Delete an escalation policy; its alerts go to the next one that matches',
  request: { params: ById, query: Deletion },
  responses: { ...DELETED, ...CHANGE_ERRORS },
})

export const deletePolicy = (deps: Deps) =>
  endpoint(deleteRoute, async (c) => {
    const { principal } = c.var
    const asked = { ...c.req.valid('param'), ...c.req.valid('query'), kind: 'policy' } as const
    requireRole(principal, ADMINS)
    await requireUnused(deps, placeOf(principal, asked), asked)
    const made = await commandIn(deps, principal, asked, { kind: 'DeletePolicy' })
    return made.visible ? c.json(accepted(made), 200) : c.json(accepted(made), 202)
  })

type Asked = PlatformQuery & Pick<Order<unknown, unknown>, 'id' | 'expectedVersion' | 'once'>

async function policyBody(deps: Deps, principal: Principal, asked: Asked) {
  const found = await deps.reads.alerting.findPolicy(placeOf(principal, asked).scopes, asked.id)
  const [row] = found && !found.deleted ? await policyRows(deps, [found]) : []
  return row && { policy: row }
}

async function policyRows({ db }: Deps, found: readonly FoundPolicy[]) {
  const people = await peopleOf(
    db,
    found.map(({ changed_by }) => changed_by),
  )
  return found.map(({ id, platform, spec, version, created_at, changed_at, changed_by }) => ({
    id,
    platform,
    spec: policySpecBody(spec),
    version,
    created_at,
    changed_at,
    changed_by: people(changed_by),
  }))
}

function commandIn(deps: Deps, principal: Principal, asked: Asked, command: EscalationCommand) {
  requireRole(principal, ADMINS)
  const { id, expectedVersion, once } = asked
  return carryOutNaming(deps, principal, {
    place: placeOf(principal, asked),
    order: { decider, id, command, expectedVersion, once },
    references: 'spec' in command ? policyReferences(command.spec) : [],
  })
}
