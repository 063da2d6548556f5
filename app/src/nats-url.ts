// NATS_URL as the event log wants it: servers without credentials, and the credentials apart.

import type { LogServers } from '@secumon/infra/eventlog/log-connection'

type Door = Pick<LogServers, 'servers' | 'credentials'>

/**
 * Servers are separated by commas; user and password, or a token alone, stand before the `@` of the first.
 * @throws TypeError when one is not a URL
 */
export function natsDoor(text: string): Door {
  const urls = text.split(',').map((part) => new URL(part.trim()))
  const [first] = urls
  const servers = urls.map(({ protocol, host }) => `${protocol}//${host}`)
  if (!first?.username) return { servers }
  const user = decodeURIComponent(first.username)
  const credentials = first.password
    ? { user, password: decodeURIComponent(first.password) }
    : { token: user }
  return { servers, credentials }
}
