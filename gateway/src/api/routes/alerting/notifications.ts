// GET /api/v1/notifications and /api/v1/notifications/{id}: messages, what became of them, and the dead letters.

import { scopesOf } from '../../../auth/principal.ts'
import type { ApiDeps } from '../../deps.ts'
import { answer, createRoute, endpoint, NOT_FOUND, SIGNED_IN, SIGNED_IN_ERRORS } from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { requireWords } from '../../query-values.ts'
import { ById } from '../../schemas/id.ts'
import {
  NotificationBody,
  NotificationQuery,
  NotificationsBody,
  NotificationState,
} from '../../schemas/notification.ts'

type Deps = Pick<ApiDeps, 'reads'>

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/notifications',
  tags: ['notifications'],
  summary: 'Messages to channels, the newest first',
  security: SIGNED_IN,
  request: { query: NotificationQuery },
  responses: { 200: answer(NotificationsBody, 'One page, and what is not delivered.'), ...SIGNED_IN_ERRORS },
})

export const notifications = ({ reads }: Deps) =>
  endpoint(listRoute, async (c) => {
    const query = c.req.valid('query')
    requireWords('state', query.state, NotificationState.options)
    const scopes = scopesOf(c.var.principal)
    const [page, counts] = await Promise.all([
      reads.alerting.listNotifications(scopes, query),
      reads.alerting.notificationCounts(scopes),
    ])
    return c.json({ total: page.total, counts, notifications: [...page.rows], next: page.next }, 200)
  })

const notificationRoute = createRoute({
  method: 'get',
  path: '/api/v1/notifications/{id}',
  tags: ['notifications'],
  summary: 'One message with every attempt',
  security: SIGNED_IN,
  request: { params: ById },
  responses: { 200: answer(NotificationBody, 'The message.'), ...SIGNED_IN_ERRORS, ...NOT_FOUND },
})

export const notification = ({ reads }: Deps) =>
  endpoint(notificationRoute, async (c) => {
    const found = await reads.alerting.findNotification(scopesOf(c.var.principal), c.req.valid('param').id)
    if (!found) throw notFound('notification')
    return c.json({ notification: found }, 200)
  })
