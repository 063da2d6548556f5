// What people do with many alerts at once: each is done for itself, and each outcome is told.

import { alert as alertDecider } from '@secumon/domain/alert/alert'
import { Rejected } from '@secumon/domain/rejected'
import { silence as silenceDecider } from '@secumon/domain/silence/silence'
import type { AlertRow } from '@secumon/projections/alerts/queries/alerts'
import { OPERATORS, scopesOf, type Principal } from '../../../auth/principal.ts'
import { exactly } from '../../alerting/exactly.ts'
import { placeOfRow } from '../../alerting/place.ts'
import { standingSilences } from '../../alerting/standing-silences.ts'
import { becomesVisible, command, type Carried, type CommandDeps } from '../../carry-out.ts'
import {
  answer,
  createRoute,
  endpoint,
  FORBIDDEN,
  jsonBody,
  KEYED,
  KEY_REUSED,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
  UNAVAILABLE,
} from '../../endpoint.ts'
import { requireRole } from '../../middleware/require-login.ts'
import { newId } from '../../once.ts'
import { BulkAcknowledge, BulkBody, BulkSilence, BulkSilenceBody } from '../../schemas/alert.ts'

const AT_ONCE = 20

const common = { method: 'post' as const, tags: ['alerts'], security: SIGNED_IN }
const errors = { ...SIGNED_IN_ERRORS, ...FORBIDDEN, ...KEY_REUSED, ...UNAVAILABLE }

const acknowledgeRoute = createRoute({
  ...common,
  path: '/api/v1/alerts/acknowledge',
  summary: 'Acknowledge many alerts',
  request: { ...KEYED, ...jsonBody(BulkAcknowledge) },
  responses: { 200: answer(BulkBody, 'What became of each.'), ...errors },
})

export const acknowledgeAlerts = (deps: CommandDeps) =>
  endpoint(acknowledgeRoute, async (c) => {
    const { alerts, note, sticky, expires_at } = c.req.valid('json')
    const { principal, once } = c.var
    requireRole(principal, OPERATORS)
    const wanted = { note, sticky, expiresAtMs: expires_at ?? 0, atMs: deps.clock.nowMs() }
    const outcomes = await eachAlert(deps, principal, alerts, (row) =>
      command(deps, principal, {
        decider: alertDecider,
        tenant: placeOfRow(principal, row).tenant,
        id: row.id,
        command: { kind: 'Acknowledge', ...wanted },
        once,
      }),
    )
    return c.json(bulkBody(outcomes), 200)
  })

const silenceRoute = createRoute({
  ...common,
  path: '/api/v1/alerts/silence',
  summary: 'Silence many alerts: one silence for each rule, agent and dimension',
  request: { ...KEYED, ...jsonBody(BulkSilence) },
  responses: { 200: answer(BulkSilenceBody, 'What became of each.'), ...errors },
})

export const silenceAlerts = (deps: CommandDeps) =>
  endpoint(silenceRoute, async (c) => {
    const { alerts, reason, expires_at } = c.req.valid('json')
    const { principal, once } = c.var
    requireRole(principal, OPERATORS)
    const atMs = deps.clock.nowMs()
    const until = { reason, startsAtMs: atMs, expiresAtMs: expires_at, atMs }
    // Of all tenants that one may see: it is a bound, not a count.
    let others = await standingSilences(deps, scopesOf(principal))
    const outcomes = await eachAlert(deps, principal, alerts, (row) =>
      command(deps, principal, {
        decider: silenceDecider,
        tenant: placeOfRow(principal, row).tenant,
        id: newId(once, atMs, row.id),
        command: { kind: 'CreateSilence', matchers: exactly(row), ...until, others: others++ },
        once,
      }),
    )
    const silences = outcomes.flatMap(({ carried }) => (carried ? [carried.aggregate.id] : []))
    return c.json({ ...bulkBody(outcomes), silences }, 200)
  })

type Outcome = { readonly alert: string; readonly carried?: Carried; readonly error: string | null }

async function eachAlert(
  deps: CommandDeps,
  principal: Principal,
  ids: readonly string[],
  act: (row: AlertRow) => Promise<Carried>,
): Promise<Outcome[]> {
  const rows = await deps.reads.alerting.findAlerts(scopesOf(principal), ids)
  const found = new Map(rows.map((row) => [row.id, row]))
  const wanted = [...new Set(ids)]
  const outcomes: Outcome[] = []
  for (let from = 0; from < wanted.length; from += AT_ONCE) {
    const part = wanted.slice(from, from + AT_ONCE)
    outcomes.push(...(await Promise.all(part.map((id) => outcomeOf(id, found.get(id), act)))))
  }
  const last = outcomes.findLast(({ carried }) => carried)?.carried
  if (last) await becomesVisible(deps, last)
  return outcomes
}

async function outcomeOf(
  alert: string,
  row: AlertRow | undefined,
  act: (row: AlertRow) => Promise<Carried>,
): Promise<Outcome> {
  if (!row) return { alert, error: 'no such alert' }
  try {
    return { alert, carried: await act(row), error: null }
  } catch (error) {
    if (error instanceof Rejected) return { alert, error: error.message }
    throw error
  }
}

const bulkBody = (outcomes: readonly Outcome[]) => ({
  done: outcomes.filter(({ error }) => error === null).length,
  outcomes: outcomes.map(({ alert, error }) => ({ alert, error })),
})
