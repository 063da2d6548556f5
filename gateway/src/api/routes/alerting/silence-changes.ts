// Silences are made, made longer or shorter, and ended before their time.

import { silence as decider, type SilenceCommand } from '@secumon/domain/silence/silence'
import { OPERATORS, type Principal } from '../../../auth/principal.ts'
import { matchersOf } from '../../alerting/muting-text.ts'
import { placeOf } from '../../alerting/place.ts'
import { standingSilences } from '../../alerting/standing-silences.ts'
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
import { SilenceBody, SilenceCreate, SilenceExtend } from '../../schemas/silence.ts'
import { silenceBody } from './silences.ts'

type Deps = CommandDeps & Pick<ApiDeps, 'db'>

const common = { tags: ['silences'], security: SIGNED_IN }

const createSilenceRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/v1/silences',
  summary: 'Silence alerts until a moment',
  request: { ...KEYED, query: OfPlatform, ...jsonBody(SilenceCreate) },
  responses: { ...created(SilenceBody, 'The silence.'), ...CREATE_ERRORS },
})

export const createSilence = (deps: Deps) =>
  endpoint(createSilenceRoute, async (c) => {
    const { matchers, reason, starts_at, expires_at } = c.req.valid('json')
    const atMs = deps.clock.nowMs()
    const { once } = c.var
    const asked = { id: newId(once, atMs), once, ...c.req.valid('query') }
    const made = await commandSilence(deps, c.var.principal, asked, {
      kind: 'CreateSilence',
      matchers: matchersOf(matchers),
      reason,
      startsAtMs: starts_at ?? atMs,
      expiresAtMs: expires_at,
      atMs,
      others: await standingSilences(deps, placeOf(c.var.principal, asked).scopes),
    })
    const body = made.visible ? await silenceBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 201) : c.json(accepted(made), 202)
  })

const extendRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/v1/silences/{id}/extend',
  summary: 'Let a silence end at another time',
  request: { params: ById, query: OfPlatform, ...jsonBody(SilenceExtend) },
  responses: { ...changed(SilenceBody, 'The silence.'), ...CHANGE_ERRORS },
})

export const extendSilence = (deps: Deps) =>
  endpoint(extendRoute, async (c) => {
    const asked = { ...c.req.valid('param'), ...c.req.valid('query') }
    const { expires_at: expiresAtMs } = c.req.valid('json')
    const command = { kind: 'ExtendSilence', expiresAtMs, atMs: deps.clock.nowMs() } as const
    const made = await commandSilence(deps, c.var.principal, asked, command)
    const body = made.visible ? await silenceBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

const endRoute = createRoute({
  ...common,
  method: 'delete',
  path: '/api/v1/silences/{id}',
  summary: 'End a silence now',
  request: { params: ById, query: OfPlatform },
  responses: { ...changed(SilenceBody, 'The silence, ended.'), ...CHANGE_ERRORS },
})

export const endSilence = (deps: Deps) =>
  endpoint(endRoute, async (c) => {
    const asked = { ...c.req.valid('param'), ...c.req.valid('query') }
    const command = { kind: 'EndSilence', atMs: deps.clock.nowMs() } as const
    const made = await commandSilence(deps, c.var.principal, asked, command)
    const body = made.visible ? await silenceBody(deps, c.var.principal, asked) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

function commandSilence(
  deps: Deps,
  principal: Principal,
  asked: PlatformQuery & Pick<Order<unknown, unknown>, 'id' | 'once'>,
  command: SilenceCommand,
) {
  requireRole(principal, OPERATORS)
  const { tenant } = placeOf(principal, asked)
  const { id, once } = asked
  return carryOut(deps, principal, { decider, tenant, id, command, once })
}
