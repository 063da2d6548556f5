// Where a request comes from: the peer of the socket, or what a proxy that we were told to trust says of it.

import { BlockList, isIP } from 'node:net'

export type ClientAddress = {
  /** The client's own; of IPv6 the /64, which is what one party holds. */
  readonly address: string
  readonly secure: boolean
  /** On this machine, and not through a proxy. */
  readonly local: boolean
}

/** What of a request the address is told from. */
export type RequestOrigin = {
  /** Undefined in tests without a socket. */
  readonly peer: string | undefined
  readonly encrypted: boolean
  header(name: string): string | undefined
}

/** @param cidrs addresses or networks, e.g. `10.0.0.0/8` @throws TypeError when one is malformed */
export function trustedProxies(cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [network = '', prefix] = cidr.split('/')
    const family = isIP(network) === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(network, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family)
  }
  return list
}

/** Tells the client's address; forwarding headers count only from trusted proxies. */
export function clientAddress(origin: RequestOrigin, trusted: BlockList): ClientAddress {
  const peer = plain(origin.peer ?? '')
  const forwarded = origin.header('x-forwarded-for')
  if (!covers(trusted, peer)) {
    const local = isLoopback(peer) && forwarded === undefined && origin.header('forwarded') === undefined
    return { address: party(peer), secure: origin.encrypted, local }
  }
  const hops = (forwarded ?? '').split(',').map((hop) => plain(hop.trim()))
  // The rightmost hop that is not one of our proxies: what is left of it is the client's own claim.
  const client = hops.findLast((hop) => isIP(hop) !== 0 && !covers(trusted, hop))
  return {
    address: party(client ?? peer),
    secure: origin.header('x-forwarded-proto') === 'https',
    local: false,
  }
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

const covers = (list: BlockList, address: string): boolean => {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

function party(address: string): string {
  if (isIP(address) !== 6) return address || 'unknown'
  const [head = '', tail = ''] = address.split('%', 1)[0]?.split('::') ?? []
  const [left, right] = [head.split(':').filter(Boolean), tail.split(':').filter(Boolean)]
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':')}::/64`
}
