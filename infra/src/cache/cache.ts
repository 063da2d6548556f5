// A place for documents that can always be had again: one per agent, forgotten after a while, shared by processes
// when it is Redis. Nobody may rely on finding anything in it.

export type CacheKey = { readonly tenant: string; readonly agent: string }

export type CacheEntry<T> = CacheKey & { readonly latest: T }

export type Cache<T> = {
  /** In the order of the keys; undefined where there is nothing, or no more. @throws CacheUnavailable */
  read(keys: readonly CacheKey[]): Promise<(T | undefined)[]>
  /** All in one round trip; each lives for the time the cache was made with. @throws CacheUnavailable */
  write(entries: readonly CacheEntry<T>[]): Promise<void>
  close(): Promise<void>
}

/** How long an entry is of use; in memory also how many there may be. */
export type CacheBounds = { readonly ttlMs: number; readonly maxEntries: number }

export const DEFAULT_BOUNDS: CacheBounds = { ttlMs: 24 * 3_600_000, maxEntries: 50_000 }

/** The cache does not answer now: go on without it. */
export class CacheUnavailable extends Error {
  override readonly name = 'CacheUnavailable'
}
