// Asks for each key once: a reader goes through thousands of blocks under the same one.

import type { ArchiveKeys } from './archive.ts'

export function memoKeys(keys: Pick<ArchiveKeys, 'find'>): Pick<ArchiveKeys, 'find'> {
  const known = new Map<string, Promise<Uint8Array | undefined>>()
  return {
    find: (tenant, keyId) => {
      const name = `${tenant}/${keyId}`
      const found = known.get(name) ?? keys.find(tenant, keyId)
      known.set(name, found)
      return found
    },
  }
}
