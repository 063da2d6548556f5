// A redis-server of our own that writes nothing to disk: a cache, warmed from PostgreSQL when it starts empty.

import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { startChild, waitUntilReady, type Child } from './child.ts'
import { freePort } from './ports.ts'

export type RedisServer = { readonly url: string; readonly port: number; readonly child: Child }

export type RedisServerOptions = {
  readonly program: string
  readonly directory: string
  readonly port?: number
  /** Seconds it outlives this process when it was not stopped; absent: for ever. */
  readonly guardAfterS?: number
}

const MAX_MEMORY_BYTES = 128 * 1024 ** 2

/** Starts the server on loopback behind a password and waits until it answers. */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const port = options.port ?? (await freePort())
  const password = randomBytes(24).toString('base64url')
  await mkdir(options.directory, { recursive: true, mode: 0o700 })
  const configuration = join(options.directory, 'redis.conf')
  await writeFile(configuration, redisConfiguration(port, password, options.directory), { mode: 0o600 })
  const { guardAfterS } = options
  const guard =
    guardAfterS === undefined ? {} : { guard: { signal: 'SIGTERM' as const, afterS: guardAfterS } }
  const child = await startChild(options.program, [configuration], { detached: true, ...guard })
  const url = `redis://:${password}@127.0.0.1:${port}`
  await waitUntilReady(child, () => probe(url), 10_000)
  return { url, port, child }
}

const redisConfiguration = (port: number, password: string, directory: string): string => `
bind 127.0.0.1
port ${port}
requirepass ${password}
save ""
appendonly no
dir ${JSON.stringify(directory)}
maxmemory ${MAX_MEMORY_BYTES}
maxmemory-policy allkeys-lru
`

async function probe(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2_000 })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    await redis.ping()
  } finally {
    redis.disconnect()
  }
}
