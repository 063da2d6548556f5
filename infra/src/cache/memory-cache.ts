// The cache of a single process. Bounded: the entry that was written longest ago goes first.

import type { Clock } from '@secumon/domain/clock'
import { DEFAULT_BOUNDS, type Cache, type CacheBounds, type CacheKey } from './cache.ts'

type Held = { readonly text: string; readonly expiresAtMs: number }

/** Documents are kept as JSON, so that nobody changes what another one reads. */
export function memoryCache<T>(clock: Clock, bounds: CacheBounds = DEFAULT_BOUNDS): Cache<T> {
  const held = new Map<string, Held>()
  return {
    read: async (keys) => keys.map((key) => valueAt<T>(held, keyOf(key), clock.monotonicMs())),
    write: async (entries) => {
      const expiresAtMs = clock.monotonicMs() + bounds.ttlMs
      for (const { latest, ...key } of entries) {
        held.delete(keyOf(key))
        held.set(keyOf(key), { text: JSON.stringify(latest), expiresAtMs })
      }
      for (const oldest of held.keys()) {
        if (held.size <= bounds.maxEntries) break
        held.delete(oldest)
      }
    },
    close: async () => held.clear(),
  }
}

// Neither a tenant nor an agent holds a line break.
const keyOf = ({ tenant, agent }: CacheKey): string => `${tenant}\n${agent}`

function valueAt<T>(held: Map<string, Held>, key: string, nowMs: number): T | undefined {
  const found = held.get(key)
  if (found === undefined) return undefined
  if (found.expiresAtMs > nowMs) return JSON.parse(found.text) as T
  held.delete(key)
  return undefined
}
