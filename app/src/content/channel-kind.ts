// Channels in a content file: as the API writes them. Secrets may stand beside them, as `${NAME}` as a rule; they go into
// the vault and are never exported. A file that names none leaves them as they are.

import { channel, type ChannelCommand, type ChannelState } from '@secumon/domain/channel/channel'
import { channelSpecBody, channelSpecOf } from '@secumon/gateway/api/alerting/channel-text'
import { ChannelSpecBody } from '@secumon/gateway/api/schemas/channel'
import { checkChannel, checkSecrets } from '@secumon/gateway/notify/check-channel'
import { NOTIFIERS } from '@secumon/gateway/notify/registry'
import { z } from 'zod'
import { contentKind, parsed, type ContentKind, type Existing, type Keeper } from './content-kind.ts'

const written = ChannelSpecBody.extend({ secrets: z.record(z.string(), z.string()).optional() })
/** What a channel's events name: which secrets are meant. */
const schema = ChannelSpecBody.extend({ secret_version: z.int() })
type Text = z.output<typeof schema>

function textOf(state: ChannelState): Text | undefined {
  if (!state || state.deleted) return undefined
  const { spec, secretVersion } = state
  return { ...channelSpecBody(spec), secret_version: secretVersion }
}

const wanted = (text: Text) => ({
  spec: channelSpecOf(text),
  secretVersion: text.secret_version,
  kinds: NOTIFIERS.map(({ kind }) => kind),
})

const kind = contentKind({
  key: 'channels',
  decider: channel,
  schema,
  textOf,
  create: (text): ChannelCommand[] => [{ kind: 'CreateChannel', ...wanted(text) }],
  change: (text): ChannelCommand[] => [{ kind: 'ChangeChannel', ...wanted(text) }],
})

export const channelKind: ContentKind = {
  ...kind,
  async prepare(item, { id, existing }, keeper) {
    const { secrets, ...text } = parsed(written, item)
    checkChannel(channelSpecOf(text))
    const version = existing ? versionOf(existing) : 0
    const named = await secretVersion({ id, version, kind: text.kind, secrets }, keeper)
    return { ...text, secret_version: named }
  },
}

const versionOf = ({ events }: Existing): number =>
  events.reduce(channel.evolve, channel.initial)?.secretVersion ?? 0

type Secrets = {
  readonly id: string
  readonly version: number
  readonly kind: string
  readonly secrets: Readonly<Record<string, string>> | undefined
}

async function secretVersion({ id, version, kind: of, secrets }: Secrets, keeper: Keeper): Promise<number> {
  const held = version > 0 ? ((await keeper.get(id, version)) ?? {}) : {}
  const all = { ...held, ...secrets }
  checkSecrets(of, all)
  const isSame = JSON.stringify(sorted(all)) === JSON.stringify(sorted(held))
  return isSame ? version : keeper.put(id, all, version)
}

const sorted = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))
