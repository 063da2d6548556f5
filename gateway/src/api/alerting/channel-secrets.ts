// Secrets of channels as people set them: written under a new version, which the channel's event then names; never read.

import type { ChannelSpec } from '@secumon/contracts/gen/escalation'
import type { ChannelPlace, ChannelSecrets, SecretValues } from '@secumon/infra/vault/channel-secrets'
import { checkSecrets } from '../../notify/check-channel.ts'

export type SecretChange = {
  readonly place: ChannelPlace
  readonly spec: Pick<ChannelSpec, 'kind'>
  /** What the channel has; 0 where it has none yet. */
  readonly version: number
  /** A secret that is not named stays as it is, an empty one goes. */
  readonly given: SecretValues
}

/**
 * Keeps what is given with what there was, and returns the version to name.
 * @throws Rejected `invalid` when the channel could not work with them
 */
export async function setSecrets(secrets: ChannelSecrets, change: SecretChange): Promise<number> {
  const { place, spec, version, given } = change
  const held = version === 0 ? undefined : await secrets.get({ ...place, version })
  const wanted = withoutEmpty({ ...held, ...given })
  checkSecrets(spec.kind, wanted)
  if (Object.keys(given).length === 0) return version
  return secrets.put(place, wanted)
}

const withoutEmpty = (values: SecretValues): SecretValues =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
