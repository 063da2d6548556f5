// GET /health: whether the platform does its work. Answers without login, tells nothing of what is watched.

import type { z } from '@hono/zod-openapi'
import type { ApiDeps, Roles } from '../deps.ts'
import { answer, createRoute, endpoint } from '../endpoint.ts'
import { HealthBody } from '../schemas/platform.ts'

type HealthStatus = z.infer<typeof HealthBody>['status']

const route = createRoute({
  method: 'get',
  path: '/health',
  tags: ['platform'],
  summary: 'Health of the platform, by role',
  responses: {
    200: answer(HealthBody, '`healthy` or `degraded`: it works.'),
    503: answer(HealthBody, '`unhealthy`: something it cannot do without is missing.'),
  },
})

export const health = ({ health, version }: Pick<ApiDeps, 'health' | 'version'>) =>
  endpoint(route, (c) => {
    const roles = health()
    const status = worst(roles)
    c.header('Cache-Control', 'no-store')
    return c.json({ status, version, roles }, status === 'unhealthy' ? 503 : 200)
  })

function worst(roles: Roles): HealthStatus {
  const statuses = Object.values(roles).map(({ status }) => status)
  return (['unhealthy', 'degraded'] as const).find((status) => statuses.includes(status)) ?? 'healthy'
}
