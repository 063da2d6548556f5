// Real servers for tests: each on a free port and a temporary directory, stopped and removed when the test ends.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNatsServer, type NatsServer } from '../embedded/nats-server.ts'
import { startPostgres, type PostgresServer } from '../embedded/postgres.ts'
import { startRedisServer, type RedisServer } from '../embedded/redis-server.ts'
import { ensureTool } from '../embedded/tools.ts'
import { CARELESS, createOwnDatabase } from './shared-postgres.ts'

/** What node:test's context and a suite's `{ after }` have in common. */
export type Scope = { after(cleanUp: () => Promise<void>): void }

/** @param beforeRemoval stops what uses the directory */
export async function temporaryDirectory(scope: Scope, beforeRemoval?: () => Promise<void>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'secumon-test-'))
  scope.after(async () => {
    await beforeRemoval?.()
    // What ends only after this hook may still be writing.
    await rm(directory, { recursive: true, force: true, maxRetries: 10 })
  })
  return directory
}

/** nats-server with JetStream, at most 1 GiB on disk. */
export async function testNats(scope: Scope): Promise<NatsServer> {
  let server: NatsServer | undefined
  const directory = await temporaryDirectory(scope, async () => server?.child.stop('SIGKILL'))
  const program = await ensureTool('nats-server')
  server = await startNatsServer({ program, directory, maxFileBytes: 1024 ** 3, guardAfterS: 0 })
  return server
}

/** An empty database: on the server of the run of tests, or on one of its own where a test is run alone. */
export async function testPostgres(scope: Scope): Promise<{ readonly url: string }> {
  const shared = await createOwnDatabase()
  if (shared === undefined) return ownPostgres(scope)
  scope.after(() => shared.drop())
  return shared
}

async function ownPostgres(scope: Scope): Promise<PostgresServer> {
  let server: PostgresServer | undefined
  const directory = await temporaryDirectory(scope, async () => server?.child.stop('SIGINT'))
  const settings = { ...CARELESS, shared_buffers: '32MB' }
  server = await startPostgres({ directory, settings, guardAfterS: 0 })
  return server
}

/** redis-server without a file. */
export async function testRedis(scope: Scope): Promise<RedisServer> {
  let server: RedisServer | undefined
  const directory = await temporaryDirectory(scope, async () => server?.child.stop('SIGKILL'))
  server = await startRedisServer({ program: await ensureTool('redis-server'), directory, guardAfterS: 0 })
  return server
}
