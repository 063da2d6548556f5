// Channels in a content file: as the API writes them. Secrets may stand beside them, as `${NAME}` as a rule, which is taken
// from the environment here and nowhere else; they go into the vault and are never exported. A file that names none leaves them as they are, unless it lets them go elsewhere.

import { channel, type ChannelCommand, type ChannelState } from '@secumon/domain/channel/channel'
import { channelSpecBody, channelSpecOf } from '@secumon/gateway/api/alerting/channel-text'
import { ChannelSpecBody } from '@secumon/gateway/api/schemas/channel'
import { checkChannel, checkDestination, checkSecrets } from '@secumon/gateway/notify/check-channel'
import { NOTIFIERS } from '@secumon/gateway/notify/registry'
import { z } from 'zod'
import { ContentFault, type Fault } from './content-fault.ts'
import { contentKind, type ContentKind, type Existing, type Keeper } from './content-kind.ts'
import { readItem } from './read-item.ts'

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
    const { secrets, ...text } = readItem({ schema: written, durations: [] }, item)
    checkChannel(channelSpecOf(text))
    const held = existing && stateOf(existing)
    return {
      ...text,
      secret_version: await secretVersion({ id, text, held, given: filledIn(secrets ?? {}, keeper) }, keeper),
    }
  },
}

const stateOf = ({ events }: Existing): ChannelState => events.reduce(channel.evolve, channel.initial)

type Secrets = {
  readonly id: string
  readonly text: Pick<Text, 'kind' | 'settings'>
  readonly held: ChannelState
  readonly given: Readonly<Record<string, string>>
}

async function secretVersion({ id, text, held, given }: Secrets, keeper: Keeper): Promise<number> {
  const version = held?.secretVersion ?? 0
  const kept = (version > 0 && (await keeper.get(id, version))) || {}
  const all = { ...kept, ...given }
  checkSecrets(text.kind, all)
  if (held) checkDestination({ ...text, given }, { settings: held.spec.settings, secrets: kept })
  const isSame = JSON.stringify(sorted(all)) === JSON.stringify(sorted(kept))
  return isSame ? version : keeper.put(id, all, version)
}

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

type Secret = Readonly<Record<string, string>>

function filledIn(secrets: Secret, keeper: Keeper): Secret {
  const faults: Fault[] = []
  const filled = Object.entries(secrets).map(([key, text]): [string, string] => [
    key,
    text.replaceAll(VARIABLE, (_, name: string) => {
      const found = keeper.variable(name)
      if (found === undefined)
        faults.push({ path: ['secrets', key], reason: `\${${name}} is not in the environment` })
      return found ?? ''
    }),
  ])
  if (faults.length > 0) throw new ContentFault(faults)
  return Object.fromEntries(filled)
}

const sorted = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))
