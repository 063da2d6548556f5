// Name resolution that gives only addresses one may connect to. The check is on the very addresses that the socket is
// then opened to: a name that answers differently a moment later changes nothing.

import { lookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { isPublic, type AddressGuard } from './address-guard.ts'

/** The target is none that messages may go to. Its reason names no address: it would tell a stranger our network. */
export class TargetForbidden extends Error {
  override readonly name = 'TargetForbidden'
  constructor(host: string) {
    super(`${host} is not a public address; the operator can allow it by SECUMON_NOTIFY_ALLOW_PRIVATE`)
  }
}

/** Every address of a name. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>

/** The resolver of the operating system. */
export const systemResolve: Resolve = (host) =>
  new Promise((resolve, reject) =>
    lookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
  )

/** For sockets: they get an address that the guard allows, or TargetForbidden. */
export function guardedLookup(guard: AddressGuard, resolve: Resolve): LookupFunction {
  return (host, { all, family }, answer) => {
    void allowedAddresses(guard, resolve, host).then(
      (addresses) => {
        const wanted =
          family === 4 || family === 6 ? addresses.filter((one) => one.family === family) : addresses
        const [first] = wanted
        if (!first) answer(Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' }), '', 0)
        else if (all === true) answer(null, wanted)
        else answer(null, first.address, first.family)
      },
      (error: unknown) => answer(error as NodeJS.ErrnoException, '', 0),
    )
  }
}

async function allowedAddresses(
  guard: AddressGuard,
  resolve: Resolve,
  host: string,
): Promise<LookupAddress[]> {
  const addresses = await resolve(host)
  if (guard.allowsHost(host)) return [...addresses]
  const allowed = addresses.filter(({ address }) => guard.allowsAddress(address))
  if (allowed.length === 0 && addresses.length > 0) throw new TargetForbidden(host)
  return allowed
}

/**
 * Whether a host is to be reached through a proxy: what is public, and what cannot be told from here, where names of the
 * outside are often not known. What the configuration allows although it is private is reached directly.
 * @throws TargetForbidden
 */
export async function goesOutside(guard: AddressGuard, resolve: Resolve, host: string): Promise<boolean> {
  if (guard.allowsHost(host)) return false
  const addresses = await resolve(host.replace(/^\[|\]$/g, '')).catch(() => [])
  if (addresses.length === 0 || addresses.some(({ address }) => isPublic(address))) return true
  if (addresses.some(({ address }) => guard.allowsAddress(address))) return false
  throw new TargetForbidden(host)
}

/** Sockets look up names only: an address as host is checked here. @throws TargetForbidden */
export function checkLiteral(guard: AddressGuard, host: string): void {
  const literal = host.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0 && !guard.allowsAddress(literal)) throw new TargetForbidden(literal)
}
