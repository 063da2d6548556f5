// Real servers for tests: each on a free port and a temporary directory, stopped and removed when the test ends.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNatsServer, type NatsServer } from '../embedded/nats-server.ts'
import { startPostgres, type PostgresServer } from '../embedded/postgres.ts'

/** What node:test's context and a suite's `{ after }` have in common. */
export type Scope = { after(cleanUp: () => Promise<void>): void }

/** @param beforeRemoval stops what uses the directory */
export async function temporaryDirectory(scope: Scope, beforeRemoval?: () => Promise<void>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'secumon-test-'))
  scope.after(async () => {
    await beforeRemoval?.()
    await rm(directory, { recursive: true, force: true })
  })
  return directory
}

export async function testNats(scope: Scope): Promise<NatsServer> {
  let server: NatsServer | undefined
  const directory = await temporaryDirectory(scope, async () => server?.child.stop('SIGKILL'))
  server = await startNatsServer({ program: 'nats-server', directory, maxFileBytes: 1024 ** 3 })
  return server
}

export async function testPostgres(scope: Scope): Promise<PostgresServer> {
  let server: PostgresServer | undefined
  const directory = await temporaryDirectory(scope, async () => server?.child.stop('SIGINT'))
  const settings = { fsync: 'off', shared_buffers: '32MB', full_page_writes: 'off' }
  server = await startPostgres({ directory, settings })
  return server
}
