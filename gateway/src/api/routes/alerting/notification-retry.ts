// POST /api/v1/notifications/{id}/retry: a dead letter is sent again; one that waits need not wait any longer.

import { notification as decider } from '@secumon/domain/notification/notification'
import { OPERATORS, scopesOf } from '../../../auth/principal.ts'
import { placeOfRow } from '../../alerting/place.ts'
import { accepted, carryOut, type CommandDeps } from '../../carry-out.ts'
import { CHANGE_ERRORS, changed, createRoute, endpoint, SIGNED_IN } from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { requireRole } from '../../middleware/require-login.ts'
import { ById } from '../../schemas/id.ts'
import { NotificationBody } from '../../schemas/notification.ts'

const route = createRoute({
  method: 'post',
  path: '/api/v1/notifications/{id}/retry',
  tags: ['notifications'],
  summary: 'Send a message again that was given up',
  security: SIGNED_IN,
  request: { params: ById },
  responses: { ...changed(NotificationBody, 'The message, due again.'), ...CHANGE_ERRORS },
})

export const retryNotification = (deps: CommandDeps) =>
  endpoint(route, async (c) => {
    const { principal } = c.var
    const { id } = c.req.valid('param')
    requireRole(principal, OPERATORS)
    const scopes = scopesOf(principal)
    const found = await deps.reads.alerting.findNotification(scopes, id)
    if (!found) throw notFound('notification')
    const { tenant } = placeOfRow(principal, found)
    const command = { kind: 'Retry', atMs: deps.clock.nowMs() } as const
    const made = await carryOut(deps, principal, { decider, tenant, id, command })
    const notification = made.visible ? await deps.reads.alerting.findNotification(scopes, id) : undefined
    return notification ? c.json({ notification }, 200) : c.json(accepted(made), 202)
  })
