// Data keys in memory, for tests: the same answers as the vault's.

import { randomBytes } from 'node:crypto'
import type { ArchiveKeys } from '../archive/archive.ts'
import { DataKeyUnknown } from '../vault/key-faults.ts'

export type MemoryKeys = ArchiveKeys & {
  /** What is written from now on has another key. */
  rotate(tenant: string): void
  /** Nothing written until now can be read again. */
  shred(tenant: string): void
}

type Held = { readonly id: string; readonly key: Uint8Array; shredded: boolean }

export function memoryKeys(): MemoryKeys {
  const tenants = new Map<string, Held[]>()
  const heldBy = (tenant: string): Held[] => {
    const held = tenants.get(tenant) ?? []
    tenants.set(tenant, held)
    return held
  }
  const add = (tenant: string): Held => {
    const held = heldBy(tenant)
    const made = { id: `${tenant}-${held.length + 1}`, key: randomBytes(32), shredded: false }
    held.push(made)
    return made
  }
  return {
    current: async (tenant) => {
      const newest = heldBy(tenant).at(-1)
      return newest && !newest.shredded ? newest : add(tenant)
    },
    find: async (tenant, keyId) => {
      const held = heldBy(tenant).find(({ id }) => id === keyId)
      if (!held) throw new DataKeyUnknown(tenant, keyId)
      return held.shredded ? undefined : held.key
    },
    rotate: (tenant) => void add(tenant),
    shred: (tenant) => heldBy(tenant).forEach((held) => (held.shredded = true)),
  }
}
