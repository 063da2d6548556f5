// The cache that processes share. Every wait is bounded: a Redis that is gone costs two seconds, not the caller.

import { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { CacheUnavailable, DEFAULT_BOUNDS, type Cache, type CacheBounds, type CacheKey } from './cache.ts'

const COMMAND_TIMEOUT_MS = 2_000
const LONGEST_PAUSE_MS = 5_000

export type RedisCacheOptions = {
  /** `redis://` or `rediss://`, with its password. */
  readonly url: string
  readonly logger: Logger
  readonly bounds?: Pick<CacheBounds, 'ttlMs'>
}

/** Connects in the background and again after every loss. */
export function redisCache<T>({ url, logger, bounds = DEFAULT_BOUNDS }: RedisCacheOptions): Cache<T> {
  const redis = new Redis(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(attempt * 200, LONGEST_PAUSE_MS),
  })
  redis.on('error', (error: Error) => logger.warn({ err: error }, 'Redis'))
  return {
    read: async (keys) =>
      keys.length === 0 ? [] : (await answered(redis.mget(keys.map(keyOf)))).map(parsed<T>),
    write: async (entries) => {
      if (entries.length === 0) return
      const pipeline = redis.pipeline()
      for (const { latest, ...key } of entries)
        pipeline.set(keyOf(key), JSON.stringify(latest), 'PX', bounds.ttlMs)
      const failure = (await answered(pipeline.exec()))?.find(([error]) => error !== null)?.[0]
      if (failure) throw new CacheUnavailable('Redis refused an entry', { cause: failure })
    },
    close: async () => {
      await redis.quit().catch(() => redis.disconnect())
    },
  }
}

const keyOf = ({ tenant, agent }: CacheKey): string => `secumon:latest:${tenant}:${agent}`

function parsed<T>(text: string | null): T | undefined {
  if (text === null) return undefined
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}

async function answered<A>(command: Promise<A>): Promise<A> {
  try {
    return await command
  } catch (cause) {
    throw new CacheUnavailable('Redis does not answer', { cause })
  }
}
