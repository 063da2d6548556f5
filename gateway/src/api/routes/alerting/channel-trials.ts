// Channels are tried: a test message with the service's true answer, and how a message would look.

import { newUlid } from '@secumon/infra/vault/vault-database'
import type { TenantScopes } from '@secumon/projections/tenant-scope'
import { ADMINS } from '../../../auth/principal.ts'
import { checkChannel } from '../../../notify/check-channel.ts'
import type { ToldAlertState } from '../../../notify/message.ts'
import type { Outcome } from '../../../notify/notifier.ts'
import { preview } from '../../../notify/open-sender.ts'
import { EXAMPLE } from '../../../notify/text/example-message.ts'
import { channelSpecOf } from '../../alerting/channel-text.ts'
import { messageOf, type Sample } from '../../alerting/messages.ts'
import { placeOf } from '../../alerting/place.ts'
import { testChannel, type TestDeps } from '../../alerting/test-channel.ts'
import type { ApiDeps } from '../../deps.ts'
import {
  answer,
  CHANGE_ERRORS,
  createRoute,
  endpoint,
  FORBIDDEN,
  jsonBody,
  NOT_FOUND,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
} from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { requireRole } from '../../middleware/require-login.ts'
import { ChannelPreviewBody, ChannelPreviewRequest, ChannelTestBody } from '../../schemas/channel.ts'
import { ById, OfPlatform } from '../../schemas/id.ts'
import { findChannel } from './channels.ts'

const common = { method: 'post' as const, tags: ['channels'], security: SIGNED_IN }

const testRoute = createRoute({
  ...common,
  path: '/api/v1/channels/{id}/test',
  summary: 'Send a test message now, and tell what the service answered',
  request: { params: ById, query: OfPlatform },
  responses: { 200: answer(ChannelTestBody, 'What became of it.'), ...CHANGE_ERRORS },
})

export const tryChannel = (deps: TestDeps) =>
  endpoint(testRoute, async (c) => {
    const { principal } = c.var
    requireRole(principal, ADMINS)
    const asked = { ...c.req.valid('param'), ...c.req.valid('query') }
    const { tenant } = placeOf(principal, asked)
    const found = await findChannel(deps, principal, asked)
    if (!found) throw notFound('channel')
    const tested = { tenant, channel: found.id, spec: found.spec, secretVersion: found.secret_version }
    const { outcome, tookMs } = await testChannel(deps, principal, tested)
    return c.json({ ...outcomeBody(outcome), took_ms: tookMs }, 200)
  })

const outcomeBody = (outcome: Outcome) => ({
  outcome: outcome.outcome,
  answer: outcome.outcome === 'delivered' ? outcome.answer : null,
  reason: outcome.outcome === 'delivered' ? null : outcome.reason,
})

const previewRoute = createRoute({
  ...common,
  path: '/api/v1/channels/preview',
  summary: 'How a message would look, on a past alert',
  request: { query: OfPlatform, ...jsonBody(ChannelPreviewRequest) },
  responses: {
    200: answer(ChannelPreviewBody, 'The message.'),
    ...SIGNED_IN_ERRORS,
    ...FORBIDDEN,
    ...NOT_FOUND,
  },
})

type PreviewDeps = Pick<ApiDeps, 'reads' | 'clock' | 'publicUrl'>

export const previewMessage = (deps: PreviewDeps) =>
  endpoint(previewRoute, async (c) => {
    const { spec: text, alert, kind } = c.req.valid('json')
    const spec = channelSpecOf(text)
    checkChannel(spec)
    const { scopes, tenant } = placeOf(c.var.principal, c.req.valid('query'))
    const row =
      alert === null ? await newestAlert(deps, scopes) : await deps.reads.alerting.findAlert(scopes, alert)
    if (!row && alert !== null) throw notFound('alert')
    const atMs = deps.clock.nowMs()
    const sample = { tenant, id: newUlid(atMs), atMs, publicUrl: deps.publicUrl }
    const message = row && (await pastMessage(deps, { scopes, sample, alert: row.id, state: kind }))
    return c.json({ ...preview(message ?? EXAMPLE, spec), alert: message ? message.incident : null }, 200)
  })

type Past = {
  readonly scopes: TenantScopes
  readonly sample: Sample
  readonly alert: string
  readonly state: ToldAlertState
}

async function pastMessage({ reads }: PreviewDeps, { scopes, sample, alert, state }: Past) {
  const said = await reads.alerting.alertEvents(scopes, alert)
  return messageOf(sample, { alert, state, events: said.map(({ event }) => event) })
}

async function newestAlert({ reads }: PreviewDeps, scopes: TenantScopes) {
  const page = await reads.alerting.listAlerts(scopes, { fired: 'true', sort: 'newest', limit: 1 })
  return page.rows[0]
}
