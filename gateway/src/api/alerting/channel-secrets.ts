// Secrets of channels as people set them: written under a new version, which the channel's event then names; never read.

import type { ChannelSpec } from '@secumon/contracts/gen/escalation'
import type { ChannelPlace, ChannelSecrets, SecretValues } from '@secumon/infra/vault/channel-secrets'
import { checkDestination, checkSecrets } from '../../notify/check-channel.ts'

type ChannelText = Pick<ChannelSpec, 'kind' | 'settings'>

export type SecretChange = {
  readonly place: ChannelPlace
  readonly spec: ChannelText
  /** The channel as it is; absent where it is about to be made. */
  readonly held?: { readonly spec: ChannelText; readonly version: number }
  /** A secret that is not named stays as it is, an empty one goes. */
  readonly given: SecretValues
}

/**
 * Keeps what is given with what there was, and returns the version to name.
 * @throws Rejected `invalid` when the channel could not work with them, or would take those that nobody gave elsewhere
 */
export async function setSecrets(secrets: ChannelSecrets, change: SecretChange): Promise<number> {
  const { place, spec, held, given } = change
  const version = held?.version ?? 0
  const kept = (version > 0 && (await secrets.get({ ...place, version }))) || {}
  const wanted = withoutEmpty({ ...kept, ...given })
  checkSecrets(spec.kind, wanted)
  if (held) checkDestination({ ...spec, given }, { settings: held.spec.settings, secrets: kept })
  if (Object.keys(given).length === 0) return version
  return secrets.put(place, wanted)
}

const withoutEmpty = (values: SecretValues): SecretValues =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
