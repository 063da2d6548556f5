// GET /api/v1/channels, …/{id}, /api/v1/channel-kinds: the ways to people; of secrets only which there are.

import type { ChannelRow as FoundChannel } from '@secumon/projections/alerts/queries/escalation'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import { z } from '@hono/zod-openapi'
import { scopesOf, type Principal } from '../../../auth/principal.ts'
import { channelKinds } from '../../../notify/check-channel.ts'
import { channelSpecBody } from '../../alerting/channel-text.ts'
import { peopleOf } from '../../alerting/people.ts'
import { placeOf } from '../../alerting/place.ts'
import type { ApiDeps } from '../../deps.ts'
import {
  answer,
  createRoute,
  endpoint,
  FORBIDDEN,
  NOT_FOUND,
  SIGNED_IN,
  SIGNED_IN_ERRORS,
} from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { ChannelBody, ChannelKindBody, ChannelQuery, ChannelsBody } from '../../schemas/channel.ts'
import { ById, OfPlatform, type PlatformQuery } from '../../schemas/id.ts'

type Deps = Pick<ApiDeps, 'reads' | 'db' | 'channelSecrets'>

const common = { method: 'get' as const, tags: ['channels'], security: SIGNED_IN }

const kindsRoute = createRoute({
  ...common,
  path: '/api/v1/channel-kinds',
  summary: 'Kinds of channels, and what each needs',
  responses: { 200: answer(z.array(ChannelKindBody), 'The kinds.'), ...SIGNED_IN_ERRORS },
})

export const kindsOfChannels = () =>
  endpoint(kindsRoute, (c) =>
    c.json(
      channelKinds().map(({ perMinute, settings, secrets, destination, kind }) => ({
        kind,
        settings: [...settings].map(fieldBody),
        secrets: [...secrets].map(fieldBody),
        destination: [...destination],
        per_minute: perMinute,
      })),
      200,
    ),
  )

type Field = ReturnType<typeof channelKinds>[number]['settings'][number]

const fieldBody = ({ choices, ...field }: Field) => ({
  ...field,
  ...(choices && { choices: [...choices] }),
})

const listRoute = createRoute({
  ...common,
  path: '/api/v1/channels',
  summary: 'Channels, by name',
  request: { query: ChannelQuery },
  responses: { 200: answer(ChannelsBody, 'One page.'), ...SIGNED_IN_ERRORS },
})

export const channels = (deps: Deps) =>
  endpoint(listRoute, async (c) => {
    const { principal } = c.var
    const page = await deps.reads.alerting.listChannels(scopesOf(principal), c.req.valid('query'))
    const { total, next } = page
    return c.json({ total, channels: await channelRows(deps, principal, page.rows), next }, 200)
  })

const channelRoute = createRoute({
  ...common,
  path: '/api/v1/channels/{id}',
  summary: 'One channel',
  request: { params: ById, query: OfPlatform },
  responses: { 200: answer(ChannelBody, 'The channel.'), ...SIGNED_IN_ERRORS, ...FORBIDDEN, ...NOT_FOUND },
})

export const channel = (deps: Deps) =>
  endpoint(channelRoute, async (c) => {
    const asked = { ...c.req.valid('param'), ...c.req.valid('query') }
    const body = await channelBody(deps, c.var.principal, asked)
    if (!body) throw notFound('channel')
    return c.json(body, 200)
  })

type Asked = PlatformQuery & { readonly id: string }

/** The channel as it stands; undefined when there is no such, or no longer. */
export async function findChannel(
  { reads }: Pick<Deps, 'reads'>,
  principal: Principal,
  asked: Asked,
): Promise<FoundChannel | undefined> {
  const found = await reads.alerting.findChannel(placeOf(principal, asked).scopes, asked.id)
  return found?.deleted ? undefined : found
}

export async function channelBody(deps: Deps, principal: Principal, asked: Asked) {
  const found = await findChannel(deps, principal, asked)
  const [row] = found ? await channelRows(deps, principal, [found]) : []
  return row && { channel: row }
}

async function channelRows(
  { db, channelSecrets }: Deps,
  { scope }: Principal,
  found: readonly FoundChannel[],
) {
  const people = await peopleOf(
    db,
    found.map(({ changed_by }) => changed_by),
  )
  return Promise.all(
    found.map(async (row) => {
      const tenant = row.platform ? SYSTEM_TENANT : scope.tenant
      const { id, platform, secret_version: version, created_at, changed_at, last, dead } = row
      return {
        id,
        platform,
        spec: channelSpecBody(row.spec),
        secrets: await channelSecrets.names({ tenant, channel: id, version }),
        secret_version: version,
        version: row.version,
        created_at,
        changed_at,
        changed_by: people(row.changed_by),
        last,
        dead,
      }
    }),
  )
}
