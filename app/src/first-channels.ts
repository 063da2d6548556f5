// Channels that used to be configuration: made once, at the first start that finds them configured. From then on they are
// content; what somebody changed or deleted stays as they left it.

import { create } from '@bufbuild/protobuf'
import { ActorSchema } from '@secumon/contracts/gen/envelope'
import { ChannelSpecSchema } from '@secumon/contracts/gen/escalation'
import { DEFAULT_TENANT } from '@secumon/contracts/subjects'
import { channel } from '@secumon/domain/channel/channel'
import type { EventStore } from '@secumon/domain/event-store'
import { NOTIFIERS } from '@secumon/gateway/notify/registry'
import { handle } from '@secumon/infra/eventlog/handle'
import type { ChannelSecrets } from '@secumon/infra/vault/channel-secrets'
import { untilReadable } from '@secumon/projections/log-readable'
import type { Part } from '@secumon/projections/reactors/start-alerting'
import { commandIdOf, derivedUlid } from '@secumon/projections/reactors/command-id'
import type { Platform } from './platform.ts'

type Deps = { readonly store: EventStore; readonly secrets: ChannelSecrets }
type First = { readonly kind: string; readonly name: string; readonly url: string }

const ACTOR = create(ActorSchema, { actor: { case: 'platform', value: 'alerter' } })

/** None where none is configured. */
export function firstChannels(platform: Platform, deps: Deps): Part[] {
  const { firstWebhookUrl, firstSlackUrl } = platform.config
  const first: First[] = [
    ...(firstWebhookUrl === undefined ? [] : [{ kind: 'webhook', name: 'Webhook', url: firstWebhookUrl }]),
    ...(firstSlackUrl === undefined ? [] : [{ kind: 'slack', name: 'Slack', url: firstSlackUrl }]),
  ]
  if (first.length === 0) return []
  const run: Part['run'] = async ({ signal }) => {
    await untilReadable(await platform.log(), signal)
    for (const each of first) if (!signal.aborted) await createOnce(platform, deps, each)
    await new Promise<void>((resolve) =>
      signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
    )
  }
  return [{ name: 'first-channels', run }]
}

async function createOnce(
  { clock, logger }: Platform,
  { store, secrets }: Deps,
  first: First,
): Promise<void> {
  const { kind, name, url } = first
  const place = { tenant: DEFAULT_TENANT, channel: derivedUlid(0, 'first-channel', kind) }
  const aggregate = { tenant: place.tenant, aggregate: channel.aggregate, id: place.channel }
  const { envelopes } = await store.read(aggregate)
  if (envelopes.length > 0) return
  const secretVersion = await secrets.put(place, { url })
  const spec = create(ChannelSpecSchema, { name, kind, language: 'en' })
  const kinds = NOTIFIERS.map((notifier) => notifier.kind)
  await handle(store, channel, {
    aggregate,
    command: { kind: 'CreateChannel', spec, secretVersion, kinds },
    commandId: commandIdOf('first-channels', kind),
    actor: ACTOR,
    clock,
  })
  logger.info({ kind }, 'a channel was made of what is configured; from now on it is content')
}
