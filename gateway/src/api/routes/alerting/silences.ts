// GET /api/v1/silences and /api/v1/silences/{id}; POST /api/v1/silences/preview: which alerts matchers would mute now.

import { matchesAll } from '@secumon/domain/matching/matchers'
import type { SilenceRow as FoundSilence } from '@secumon/projections/alerts/queries/muting'
import { scopesOf, type Principal } from '../../../auth/principal.ts'
import { alertRows } from '../../alerting/alert-bodies.ts'
import { matcherBodies, matchersOf } from '../../alerting/muting-text.ts'
import { peopleOf } from '../../alerting/people.ts'
import { placeOf } from '../../alerting/place.ts'
import type { ApiDeps } from '../../deps.ts'
import {
  answer,
  createRoute,
  endpoint,
  FORBIDDEN,
  jsonBody,
  NOT_FOUND,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
} from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { requireWords } from '../../query-values.ts'
import { ById, OfPlatform, type PlatformQuery } from '../../schemas/id.ts'
import {
  MutedNowBody,
  MutedNowRequest,
  SilenceBody,
  SilenceQuery,
  SilencesBody,
  SilenceState,
} from '../../schemas/silence.ts'

type Deps = Pick<ApiDeps, 'reads' | 'db' | 'clock'>

const common = { tags: ['silences'], security: SIGNED_IN }

const listRoute = createRoute({
  ...common,
  method: 'get',
  path: '/api/v1/silences',
  summary: 'Silences, the newest first',
  request: { query: SilenceQuery },
  responses: { 200: answer(SilencesBody, 'One page.'), ...SIGNED_IN_ERRORS },
})

export const silences = (deps: Deps) =>
  endpoint(listRoute, async (c) => {
    const query = c.req.valid('query')
    requireWords('state', query.state, SilenceState.options)
    const asked = { ...query, nowMs: deps.clock.nowMs() }
    const page = await deps.reads.alerting.listSilences(scopesOf(c.var.principal), asked)
    const { total, next } = page
    return c.json({ total, silences: await silenceRows(deps, page.rows), next }, 200)
  })

const silenceRoute = createRoute({
  ...common,
  method: 'get',
  path: '/api/v1/silences/{id}',
  summary: 'One silence',
  request: { params: ById, query: OfPlatform },
  responses: { 200: answer(SilenceBody, 'The silence.'), ...SIGNED_IN_ERRORS, ...FORBIDDEN, ...NOT_FOUND },
})

export const silence = (deps: Deps) =>
  endpoint(silenceRoute, async (c) => {
    const asked = { ...c.req.valid('param'), ...c.req.valid('query') }
    const body = await silenceBody(deps, c.var.principal, asked)
    if (!body) throw notFound('silence')
    return c.json(body, 200)
  })

type Asked = PlatformQuery & { readonly id: string }

/** One silence; undefined when there is no such. */
export async function silenceBody(deps: Deps, principal: Principal, asked: Asked) {
  const { scopes } = placeOf(principal, asked)
  const found = await deps.reads.alerting.findSilence(scopes, { ...asked, nowMs: deps.clock.nowMs() })
  const [row] = found ? await silenceRows(deps, [found]) : []
  return row && { silence: row }
}

async function silenceRows({ db }: Deps, found: readonly FoundSilence[]) {
  const people = await peopleOf(
    db,
    found.flatMap(({ created_by, ended_by }) => [created_by, ended_by]),
  )
  return found.map((row) => ({
    ...row,
    matchers: matcherBodies(row.matchers),
    created_by: people(row.created_by),
    ended_by: people(row.ended_by),
  }))
}

/** Alerts that a preview looks at: more are no preview. */
const LOOKED_AT = 20_000
const SHOWN = 100

const previewRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/v1/silences/preview',
  summary: 'Which alerts matchers would mute now',
  request: { query: OfPlatform, ...jsonBody(MutedNowRequest) },
  responses: { 200: answer(MutedNowBody, 'The alerts.'), ...SIGNED_IN_ERRORS, ...FORBIDDEN },
})

export const mutedNow = ({ reads, db }: Deps) =>
  endpoint(previewRoute, async (c) => {
    const { scopes } = placeOf(c.var.principal, c.req.valid('query'))
    const matchers = matchersOf(c.req.valid('json').matchers)
    const active = await reads.alerting.activeAlerts(scopes, LOOKED_AT)
    const muted = active.filter(({ labels }) => matchesAll(matchers, labels))
    return c.json(
      {
        total: muted.length,
        looked_at: active.length,
        alerts: await alertRows(db, muted.slice(0, SHOWN)),
      },
      200,
    )
  })
