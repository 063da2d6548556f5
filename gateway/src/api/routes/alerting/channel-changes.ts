// Channels are made, changed and deleted. What could not work is refused before anything is stored; secrets go to the vault
// first, and the event names their version.

import { channel as decider, type ChannelCommand } from '@secumon/domain/channel/channel'
import { ADMINS, type Principal } from '../../../auth/principal.ts'
import { checkChannel } from '../../../notify/check-channel.ts'
import { NOTIFIERS } from '../../../notify/registry.ts'
import { setSecrets } from '../../alerting/channel-secrets.ts'
import { channelSpecOf } from '../../alerting/channel-text.ts'
import { placeOf } from '../../alerting/place.ts'
import { requireUnused } from '../../alerting/uses.ts'
import { accepted, carriedBefore, carryOut, type CommandDeps } from '../../carry-out.ts'
import type { ApiDeps } from '../../deps.ts'
import {
  CHANGE_ERRORS,
  changed,
  CREATE_ERRORS,
  created,
  createRoute,
  DELETED,
  endpoint,
  jsonBody,
  KEYED,
  SIGNED_IN,
} from '../../endpoint.ts'
import { notFound } from '../../failures.ts'
import { requireRole } from '../../middleware/require-login.ts'
import { newId } from '../../once.ts'
import { ChannelBody, ChannelChange, ChannelCreate } from '../../schemas/channel.ts'
import { ById, Deletion, OfPlatform, type PlatformQuery } from '../../schemas/id.ts'
import { channelBody, findChannel } from './channels.ts'

type Deps = CommandDeps & Pick<ApiDeps, 'db' | 'channelSecrets'>

const common = { tags: ['channels'], security: SIGNED_IN }
const one = { params: ById, query: OfPlatform }
const kinds = NOTIFIERS.map(({ kind }) => kind)

const createChannelRoute = createRoute({
  ...common,
  method: 'post',
  path: '/api/v1/channels',
  summary: 'Make a channel',
  request: { ...KEYED, query: OfPlatform, ...jsonBody(ChannelCreate) },
  responses: { ...created(ChannelBody, 'The channel.'), ...CREATE_ERRORS },
})

export const createChannel = (deps: Deps) =>
  endpoint(createChannelRoute, async (c) => {
    const { spec: text, secrets: given } = c.req.valid('json')
    const { principal } = c.var
    const { once } = c.var
    const asked = { id: newId(once, deps.clock.nowMs()), once, ...c.req.valid('query') }
    const { tenant } = placeOfAdmin(principal, asked)
    const spec = channelSpecOf(text)
    checkChannel(spec)
    decider.decide({ kind: 'CreateChannel', spec, secretVersion: 0, kinds }, undefined)
    const order = { decider, tenant, id: asked.id, once }
    const kept = () => setSecrets(deps.channelSecrets, { place: { tenant, channel: asked.id }, spec, given })
    const command = async () =>
      ({ kind: 'CreateChannel', spec, secretVersion: await kept(), kinds }) satisfies ChannelCommand
    const made =
      (await carriedBefore(deps, order)) ??
      (await carryOut(deps, principal, { ...order, command: await command() }))
    const body = made.visible ? await channelBody(deps, principal, asked) : undefined
    return body ? c.json(body, 201) : c.json(accepted(made), 202)
  })

const changeRoute = createRoute({
  ...common,
  method: 'put',
  path: '/api/v1/channels/{id}',
  summary: 'Change a channel, and its secrets where they are given; all of them, when it goes elsewhere',
  request: { ...one, ...jsonBody(ChannelChange) },
  responses: { ...changed(ChannelBody, 'The channel.'), ...CHANGE_ERRORS },
})

export const changeChannel = (deps: Deps) =>
  endpoint(changeRoute, async (c) => {
    const { spec: text, secrets: given, version: expectedVersion } = c.req.valid('json')
    const { principal } = c.var
    const asked = { ...c.req.valid('param'), ...c.req.valid('query') }
    const { tenant } = placeOfAdmin(principal, asked)
    const found = await findChannel(deps, principal, asked)
    if (!found) throw notFound('channel')
    const spec = channelSpecOf(text)
    checkChannel(spec)
    const place = { tenant, channel: asked.id }
    const { spec: before, secret_version: version } = found
    const held = { spec: before, version }
    const secretVersion = await setSecrets(deps.channelSecrets, { place, spec, held, given })
    const command: ChannelCommand = { kind: 'ChangeChannel', spec, secretVersion, kinds }
    const order = { decider, tenant, id: asked.id, command, expectedVersion }
    const made = await carryOut(deps, principal, order)
    if (secretVersion > version) await deps.channelSecrets.forget({ ...place, version: secretVersion })
    const body = made.visible ? await channelBody(deps, principal, asked) : undefined
    return body ? c.json(body, 200) : c.json(accepted(made), 202)
  })

const deleteRoute = createRoute({
  ...common,
  method: 'delete',
  path: '/api/v1/channels/{id}',
  summary: 'Delete a channel and its secrets',
  request: { params: ById, query: Deletion },
  responses: { ...DELETED, ...CHANGE_ERRORS },
})

export const deleteChannel = (deps: Deps) =>
  endpoint(deleteRoute, async (c) => {
    const asked = { ...c.req.valid('param'), ...c.req.valid('query'), kind: 'channel' } as const
    const place = placeOfAdmin(c.var.principal, asked)
    await requireUnused(deps, place, asked)
    const { tenant } = place
    const command: ChannelCommand = { kind: 'DeleteChannel' }
    const made = await carryOut(deps, c.var.principal, { decider, tenant, id: asked.id, command })
    await deps.channelSecrets.remove({ tenant, channel: asked.id })
    return made.visible ? c.json(accepted(made), 200) : c.json(accepted(made), 202)
  })

function placeOfAdmin(principal: Principal, asked: PlatformQuery) {
  requireRole(principal, ADMINS)
  return placeOf(principal, asked)
}
