// Changes to channels, through the API.

import { api } from '../lib/api.ts'
import type { Channel, ChannelSpec, ChannelTest } from '../lib/alerting-types.ts'

type Ref = Pick<Channel, 'id' | 'platform'>
/** A secret that is not named stays as it is; an empty one is removed. */
export type Secrets = Readonly<Record<string, string>>

const pathOf = ({ id }: Ref): string => `/channels/${encodeURIComponent(id)}`
const queryOf = ({ platform }: Ref): { platform: string } => ({ platform: String(platform) })

/** @throws ApiFailure */
export const createChannel = (spec: ChannelSpec, secrets: Secrets): Promise<unknown> =>
  api('/channels', { method: 'POST', body: { spec, secrets } })

/** @throws ApiFailure 409 when it has another version by now */
export const changeChannel = (channel: Channel, spec: ChannelSpec, secrets: Secrets): Promise<unknown> =>
  api(pathOf(channel), {
    method: 'PUT',
    query: queryOf(channel),
    body: { spec, secrets, version: channel.version },
  })

/** @throws ApiFailure 409 naming who uses it, unless it is forced */
export const deleteChannel = (channel: Ref, force: boolean): Promise<unknown> =>
  api(pathOf(channel), { method: 'DELETE', query: { ...queryOf(channel), force: String(force) } })

/** Sends a message now and answers what the service said. @throws ApiFailure */
export const testChannel = (channel: Ref): Promise<ChannelTest> =>
  api(`${pathOf(channel)}/test`, { method: 'POST', query: queryOf(channel) })
