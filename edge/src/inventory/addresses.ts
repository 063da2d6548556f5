// The host's own addresses: no loopback, no link-local, none of containers' bridges.

import { networkInterfaces } from 'node:os'
import { isHostInterface } from '../collectors/networks.ts'

const MAX_ADDRESSES = 50

/** Sorted, so that the order of interfaces is no change. */
export const addresses = (): string[] =>
  Object.entries(networkInterfaces())
    .filter(([name]) => isHostInterface(name))
    .flatMap(([, entries]) => entries ?? [])
    .filter(
      ({ internal, address }) => !internal && !address.startsWith('fe80:') && !address.startsWith('169.254.'),
    )
    .map(({ address }) => address)
    .toSorted()
    .slice(0, MAX_ADDRESSES)
