// Which addresses messages may go to: only such as everybody on the internet can reach, and what the configuration
// names beside them. A tenant's channel must not become a way into our own network.

import { BlockList, isIP } from 'node:net'

// IANA's registries of special-purpose addresses: what is not globally reachable, and what hides such an address.
const CLOSED_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]
// Of IPv6 only 2000::/3 is given out; what of it is special is closed again.
const OPEN_IPV6 = '2000::/3'
const CLOSED_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '5f00::/16']

const CLOSED = listOf([...CLOSED_IPV4, ...CLOSED_IPV6])
const OPEN = listOf([OPEN_IPV6])

export type AddressGuard = {
  /** The configuration names this host: whatever its address. */
  allowsHost(host: string): boolean
  allowsAddress(address: string): boolean
}

/** @param allowed hosts, addresses and networks (`10.1.0.0/16`) beside the public ones @throws RangeError */
export function addressGuard(allowed: readonly string[]): AddressGuard {
  const networks = allowed.filter(isNetwork)
  const hosts = new Set(allowed.filter((entry) => !isNetwork(entry)).map(plainHost))
  const named = listOf(networks)
  return {
    allowsHost: (host) => hosts.has(plainHost(host)),
    allowsAddress: (address) => contains(named, address) || isPublic(address),
  }
}

/** Whether everybody can reach it: false for what is private, local, reserved, multicast, or no address. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 0 || contains(CLOSED, address)) return false
  return isIP(address) === 4 || contains(OPEN, address)
}

const isNetwork = (entry: string): boolean => isIP(entry.split('/', 1)[0] ?? '') !== 0

const plainHost = (host: string): string => host.toLowerCase().replace(/\.$/, '')

function contains(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address.split('%', 1)[0] ?? '', family === 6 ? 'ipv6' : 'ipv4')
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) add(list, network)
  return list
}

function add(list: BlockList, network: string): void {
  const [address = '', prefix] = network.split('/')
  const [family, bits] = isIP(address) === 6 ? (['ipv6', 128] as const) : (['ipv4', 32] as const)
  const length = prefix === undefined ? bits : Number(prefix)
  if (!Number.isInteger(length) || length < 0 || length > bits)
    throw new RangeError(`${network} is no network`)
  list.addSubnet(address, length, family)
}
