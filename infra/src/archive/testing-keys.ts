// Data keys in memory, for tests: random, and they can be rotated and shredded.

import { randomBytes } from 'node:crypto'
import type { ArchiveKeys } from './archive.ts'

export type TestingKeys = ArchiveKeys & {
  /** What is written from now on gets a new key. */
  rotate(tenant: string): void
  /** All keys of the tenant are gone. */
  shred(tenant: string): void
}

type DataKey = { readonly id: string; readonly key: Uint8Array }

export function testingKeys(): TestingKeys {
  const current = new Map<string, DataKey>()
  const known = new Map<string, Uint8Array | undefined>()
  const make = (tenant: string): DataKey => {
    const made = { id: `key-${known.size + 1}`, key: new Uint8Array(randomBytes(32)) }
    current.set(tenant, made)
    known.set(`${tenant}/${made.id}`, made.key)
    return made
  }
  return {
    current: async (tenant) => current.get(tenant) ?? make(tenant),
    find: async (tenant, keyId) => {
      if (!known.has(`${tenant}/${keyId}`)) throw new Error(`no such key: ${tenant}/${keyId}`)
      return known.get(`${tenant}/${keyId}`)
    },
    rotate: (tenant) => void make(tenant),
    shred: (tenant) => {
      current.delete(tenant)
      for (const name of known.keys()) if (name.startsWith(`${tenant}/`)) known.set(name, undefined)
    },
  }
}
