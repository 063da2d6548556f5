// GET and PUT /api/v1/storage/retention: how long the tenant's data is kept. Everybody of the tenant may know it; admins set
// it.

import type { z } from '@hono/zod-openapi'
import {
  fewestRawDays,
  retention,
  RETENTION_ID,
  type RetentionDays,
  type TenantRetention,
} from '@secumon/domain/retention/retention'
import { keptBefore } from '@secumon/projections/retention/queries'
import { ADMINS, type Principal } from '../../../auth/principal.ts'
import { peopleOf } from '../../alerting/people.ts'
import { accepted, carryOut, type CommandDeps } from '../../carry-out.ts'
import type { ApiDeps } from '../../deps.ts'
import {
  answer,
  changed,
  CONFLICT,
  createRoute,
  endpoint,
  FORBIDDEN,
  jsonBody,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
  UNAVAILABLE,
} from '../../endpoint.ts'
import { requireRole } from '../../middleware/require-login.ts'
import { RetentionBody, RetentionChange, type RetentionDaysBody } from '../../schemas/retention.ts'

const path = '/api/v1/storage/retention'
const common = { path, tags: ['storage'], security: SIGNED_IN }

const readRoute = createRoute({
  ...common,
  method: 'get',
  summary: 'How long data is kept, and from when there is any',
  responses: { 200: answer(RetentionBody, 'As set last.'), ...SIGNED_IN_ERRORS },
})

const setRoute = createRoute({
  ...common,
  method: 'put',
  summary: 'Keep data for less time than the platform does',
  request: jsonBody(RetentionChange),
  responses: {
    ...changed(RetentionBody, 'Set; what is older goes with the next retention, at night.'),
    ...SIGNED_IN_ERRORS,
    ...FORBIDDEN,
    ...CONFLICT,
    ...UNAVAILABLE,
  },
})

type Deps = CommandDeps & Pick<ApiDeps, 'kept' | 'db'>

export const readRetention = (deps: Deps) =>
  endpoint(readRoute, async (c) => c.json(await bodyOf(deps, c.var.principal), 200))

export const setRetention = (deps: Deps) =>
  endpoint(setRoute, async (c) => {
    const { principal } = c.var
    requireRole(principal, ADMINS)
    const { version: expectedVersion, ...wanted } = c.req.valid('json')
    const days = daysIn(wanted)
    const shown = await carryOut(deps, principal, {
      decider: retention,
      tenant: principal.scope.tenant,
      id: RETENTION_ID,
      command: { kind: 'SetRetention', days, platform: deps.kept },
      expectedVersion,
    })
    return shown.visible ? c.json(await bodyOf(deps, principal), 200) : c.json(accepted(shown), 202)
  })

type DaysBody = z.output<typeof RetentionDaysBody>

const daysIn = (body: DaysBody): TenantRetention => ({
  ...(body.raw !== null && { raw: body.raw }),
  ...(body.rollup_5min !== null && { rollup5min: body.rollup_5min }),
  ...(body.rollup_1hour !== null && { rollup1hour: body.rollup_1hour }),
  ...(body.logs !== null && { logs: body.logs }),
})

/** The job that deletes what tenants do not keep: its hour is no secret. */
const DELETING = 'tenant-retention'

async function bodyOf(
  { reads, db, kept }: Deps,
  { scope }: Principal,
): Promise<z.infer<typeof RetentionBody>> {
  const [{ days, version, changed: change }, held, jobs] = await Promise.all([
    reads.retention(scope),
    reads.heldSince(scope),
    reads.storageJobs(),
  ])
  const deleting = jobs.find(({ name }) => name === DELETING)
  const people = await peopleOf(db, [change?.by])
  return {
    kept: daysBody(days),
    version,
    platform: named(kept),
    fewest_raw_days: fewestRawDays(kept),
    begins: named(held.since),
    unknown: held.unknown.map((kind) => NAMES[kind]),
    runs_at: deleting?.nextRunMs ?? null,
    changed: change
      ? {
          at: change.atMs,
          by: people(change.by),
          before: daysBody(keptBefore(change, deleting?.lastOkMs ?? null)),
        }
      : null,
  }
}

const NAMES = { raw: 'raw', rollup5min: 'rollup_5min', rollup1hour: 'rollup_1hour', logs: 'logs' } as const

type ByKind<T> = { readonly [Kind in keyof RetentionDays]: T }

const named = <T>({ raw, rollup5min, rollup1hour, logs }: ByKind<T>) => ({
  raw,
  rollup_5min: rollup5min,
  rollup_1hour: rollup1hour,
  logs,
})

const daysBody = (days: TenantRetention): DaysBody =>
  named<number | null>({ raw: null, rollup5min: null, rollup1hour: null, logs: null, ...days })
