// What newer nats-servers can do that older ones cannot: one table, read once per connection.

import { compare, parseSemVer } from '@nats-io/nats-core/internal'

/** The first server version that has each thing we use or would use. */
export const SERVER_FEATURES = {
  /** Streams, direct get, named ephemeral pull consumers in memory: what the log cannot do without. */
  log: '2.9.0',
  /** S2 compression of a stream on disk. */
  compression: '2.10.0',
  /** The oldest server trusted with other people's history. */
  production: '2.10.23',
} as const

export type ServerFeature = keyof typeof SERVER_FEATURES

/** True when a server of this version has the feature. */
export const hasFeature = (version: string, feature: ServerFeature): boolean =>
  compare(parseSemVer(version), parseSemVer(SERVER_FEATURES[feature])) >= 0

export class UnsupportedServer extends Error {
  override readonly name = 'UnsupportedServer'
}

/**
 * What an operator should hear about a server of this version, if anything.
 * @throws UnsupportedServer when the log cannot work on it at all
 */
export function serverWarning(version: string): string | undefined {
  if (!hasFeature(version, 'log'))
    throw new UnsupportedServer(
      `nats-server ${version} is too old: ${SERVER_FEATURES.log} or newer is needed`,
    )
  if (hasFeature(version, 'production')) return undefined
  return `nats-server ${version}: this server is for development, use ${SERVER_FEATURES.production} or newer`
}
