// What people do with one alert: acknowledge it, take that back, write a note.

import { alert as decider, type AlertCommand } from '@secumon/domain/alert/alert'
import { OPERATORS, scopesOf, type Principal } from '../../../auth/principal.ts'
import { placeOfRow } from '../../alerting/place.ts'
import { accepted, carryOut, type CommandDeps, type Order } from '../../carry-out.ts'
import type { ApiDeps } from '../../deps.ts'
import {
  CHANGE_ERRORS,
  changed,
  createRoute,
  endpoint,
  jsonBody,
  KEYED,
  KEY_REUSED,
  SIGNED_IN,
} from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { requireRole } from '../../middleware/require-login.ts'
import { AlertBody } from '../../schemas/alert-detail.ts'
import { Acknowledge, NoteBody } from '../../schemas/alert.ts'
import { ById } from '../../schemas/id.ts'
import { alertBody } from './alerts.ts'

type Deps = CommandDeps & Pick<ApiDeps, 'db'>

const common = {
  method: 'post' as const,
  tags: ['alerts'],
  security: SIGNED_IN,
  responses: { ...changed(AlertBody, 'Done, and shows everywhere.'), ...CHANGE_ERRORS, ...KEY_REUSED },
}

const acknowledgeRoute = createRoute({
  ...common,
  path: '/api/v1/alerts/{id}/acknowledge',
  summary: 'Acknowledge an alert: somebody looks after it, nobody else has to be told',
  request: { ...KEYED, params: ById, ...jsonBody(Acknowledge) },
})

export const acknowledgeAlert = (deps: Deps) =>
  endpoint(acknowledgeRoute, async (c) => {
    const { note, sticky, expires_at } = c.req.valid('json')
    const { id } = c.req.valid('param')
    const { principal } = c.var
    const wanted = { note, sticky, expiresAtMs: expires_at ?? 0, atMs: deps.clock.nowMs() }
    const made = await commandAlert(deps, principal, {
      id,
      command: { kind: 'Acknowledge', ...wanted },
      once: c.var.once,
    })
    const body = made.visible ? await alertBody(deps, principal, id) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

const unacknowledgeRoute = createRoute({
  ...common,
  path: '/api/v1/alerts/{id}/unacknowledge',
  summary: 'Take an acknowledgement back',
  request: { ...KEYED, params: ById },
})

export const unacknowledgeAlert = (deps: Deps) =>
  endpoint(unacknowledgeRoute, async (c) => {
    const { id } = c.req.valid('param')
    const { principal } = c.var
    const made = await commandAlert(deps, principal, { id, command: { kind: 'TakeBack' }, once: c.var.once })
    const body = made.visible ? await alertBody(deps, principal, id) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

const noteRoute = createRoute({
  ...common,
  path: '/api/v1/alerts/{id}/note',
  summary: 'Write a note into an alert’s history',
  request: { ...KEYED, params: ById, ...jsonBody(NoteBody) },
})

export const noteAlert = (deps: Deps) =>
  endpoint(noteRoute, async (c) => {
    const { note } = c.req.valid('json')
    const { id } = c.req.valid('param')
    const { principal } = c.var
    const made = await commandAlert(deps, principal, {
      id,
      command: { kind: 'Note', note },
      once: c.var.once,
    })
    const body = made.visible ? await alertBody(deps, principal, id) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

type Wanted = Pick<Order<AlertCommand, unknown>, 'id' | 'command' | 'once'>

async function commandAlert(deps: Deps, principal: Principal, wanted: Wanted) {
  requireRole(principal, OPERATORS)
  const found = await deps.reads.alerting.findAlert(scopesOf(principal), wanted.id)
  if (!found) throw notFound('alert')
  return carryOut(deps, principal, { decider, tenant: placeOfRow(principal, found).tenant, ...wanted })
}
