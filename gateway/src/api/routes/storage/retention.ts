// GET and PUT /api/v1/storage/retention: how long the tenant's data is kept.

import type { z } from '@hono/zod-openapi'
import { retention, RETENTION_ID, type TenantRetention } from '@secumon/domain/retention/retention'
import { ADMINS } from '../../../auth/principal.ts'
import { accepted, carryOut, type CommandDeps } from '../../carry-out.ts'
import type { ApiDeps } from '../../deps.ts'
import {
  answer,
  changed,
  createRoute,
  endpoint,
  FORBIDDEN,
  jsonBody,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
  UNAVAILABLE,
} from '../../endpoint.ts'
import { requireRole } from '../../middleware/require-login.ts'
import { RetentionBody, RetentionDaysBody } from '../../schemas/storage.ts'

const path = '/api/v1/storage/retention'
const common = { path, tags: ['storage'], security: SIGNED_IN }

const readRoute = createRoute({
  ...common,
  method: 'get',
  summary: 'How long data is kept',
  responses: { 200: answer(RetentionBody, 'As set last.'), ...SIGNED_IN_ERRORS, ...FORBIDDEN },
})

const setRoute = createRoute({
  ...common,
  method: 'put',
  summary: 'Keep data for less time than the platform does',
  request: jsonBody(RetentionDaysBody),
  responses: {
    ...changed(RetentionBody, 'Set; what is older goes with the next retention, at night.'),
    ...SIGNED_IN_ERRORS,
    ...FORBIDDEN,
    ...UNAVAILABLE,
  },
})

type Deps = CommandDeps & Pick<ApiDeps, 'kept'>

export const readRetention = (deps: Deps) =>
  endpoint(readRoute, async (c) => {
    requireRole(c.var.principal, ADMINS)
    const days = await deps.reads.retention(c.var.principal.scope)
    return c.json(bodyOf(days, deps), 200)
  })

export const setRetention = (deps: Deps) =>
  endpoint(setRoute, async (c) => {
    const { principal } = c.var
    requireRole(principal, ADMINS)
    const days = daysIn(c.req.valid('json'))
    const shown = await carryOut(deps, principal, {
      decider: retention,
      tenant: principal.scope.tenant,
      id: RETENTION_ID,
      command: { kind: 'SetRetention', days, platform: deps.kept },
    })
    return shown.visible ? c.json(bodyOf(days, deps), 200) : c.json(accepted(shown), 202)
  })

const daysIn = (body: z.output<typeof RetentionDaysBody>): TenantRetention => ({
  ...(body.raw !== null && { raw: body.raw }),
  ...(body.rollup_5min !== null && { rollup5min: body.rollup_5min }),
  ...(body.rollup_1hour !== null && { rollup1hour: body.rollup_1hour }),
  ...(body.logs !== null && { logs: body.logs }),
})

const bodyOf = (days: TenantRetention, { kept }: Deps): z.infer<typeof RetentionBody> => ({
  kept: {
    raw: days.raw ?? null,
    rollup_5min: days.rollup5min ?? null,
    rollup_1hour: days.rollup1hour ?? null,
    logs: days.logs ?? null,
  },
  platform: {
    raw: kept.raw,
    rollup_5min: kept.rollup5min,
    rollup_1hour: kept.rollup1hour,
    logs: kept.logs,
  },
})
