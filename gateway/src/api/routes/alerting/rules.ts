// GET /api/v1/rules and /api/v1/rules/{id}: the tenant's rules and those of the platform, which hold for it too.

import { ruleKey, type RuleRow } from '@secumon/projections/alerts/queries/rules'
import { runsPlatform, scopesOf, scopesWithPlatform, type Principal } from '../../../auth/principal.ts'
import { peopleOf } from '../../alerting/people.ts'
import { placeToRead } from '../../alerting/place.ts'
import { ruleSpecBody } from '../../alerting/rule-text.ts'
import type { ApiDeps } from '../../deps.ts'
import { answer, createRoute, endpoint, NOT_FOUND, SIGNED_IN, SIGNED_IN_ERRORS } from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { requireWords } from '../../query-values.ts'
import { ById, OfPlatform, type PlatformQuery } from '../../schemas/id.ts'
import { RuleBody, RuleQuery, RulesBody, SeverityName } from '../../schemas/rule.ts'

type Deps = Pick<ApiDeps, 'reads' | 'db'>

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/rules',
  tags: ['rules'],
  summary: 'Rules, by name',
  security: SIGNED_IN,
  request: { query: RuleQuery },
  responses: { 200: answer(RulesBody, 'One page.'), ...SIGNED_IN_ERRORS },
})

export const rules = (deps: Deps) =>
  endpoint(listRoute, async (c) => {
    const query = c.req.valid('query')
    requireWords('severity', query.severity, SeverityName.options)
    const { principal } = c.var
    const asked = { ...query, aboutPlatform: runsPlatform(principal.user) }
    const page = await deps.reads.alerting.listRules(scopesWithPlatform(principal), asked)
    const { total, next } = page
    return c.json({ total, rules: await ruleRows(deps, principal, page.rows), next }, 200)
  })

const ruleRoute = createRoute({
  method: 'get',
  path: '/api/v1/rules/{id}',
  tags: ['rules'],
  summary: 'One rule with its versions',
  security: SIGNED_IN,
  request: { params: ById, query: OfPlatform },
  responses: { 200: answer(RuleBody, 'The rule.'), ...SIGNED_IN_ERRORS, ...NOT_FOUND },
})

export const rule = (deps: Deps) =>
  endpoint(ruleRoute, async (c) => {
    const { id } = c.req.valid('param')
    const body = await ruleBody(deps, c.var.principal, { id, ...c.req.valid('query') })
    if (!body) throw notFound('rule')
    return c.json(body, 200)
  })

type Asked = PlatformQuery & { readonly id: string }

/** One rule as it stands, with its versions; undefined when there is no such, or no longer. */
export async function ruleBody(deps: Deps, principal: Principal, { id, platform }: Asked) {
  const { scopes } = placeToRead(principal, { platform })
  const found = await deps.reads.alerting.findRule(scopes, id)
  if (!found || found.deleted) return undefined
  const [[rule], history] = await Promise.all([
    ruleRows(deps, principal, [found]),
    deps.reads.alerting.ruleHistory(scopes, id),
  ])
  const people = await peopleOf(
    deps.db,
    history.map(({ by }) => by),
  )
  return (
    rule && {
      rule,
      history: history.map(({ version, at, by, change, spec }) => ({
        version,
        at,
        by: people(by),
        change,
        spec: spec && ruleSpecBody(spec),
      })),
    }
  )
}

async function ruleRows({ reads, db }: Deps, principal: Principal, found: readonly RuleRow[]) {
  const [people, activity] = await Promise.all([
    peopleOf(
      db,
      found.map(({ changed_by }) => changed_by),
    ),
    reads.alerting.ruleActivity(
      scopesOf(principal),
      found.map(({ id }) => id),
    ),
  ])
  return found.map((row) => {
    const { pending = 0, firing = 0 } = activity.get(ruleKey(row)) ?? {}
    return {
      id: row.id,
      spec: ruleSpecBody(row.spec),
      enabled: row.enabled,
      built_in: row.built_in,
      platform: row.platform,
      version: row.version,
      created_at: row.created_at,
      changed_at: row.changed_at,
      changed_by: people(row.changed_by),
      firing,
      pending,
    }
  })
}
