// A PostgreSQL of our own, from the binaries of an npm package, on a directory of ours.

import { randomBytes } from 'node:crypto'
import { chown, mkdir, readFile, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { ChildNotReady, runToEnd, startChild, waitUntilReady, type Child } from './child.ts'
import { freePort } from './ports.ts'
import { postgresUser, type PostgresUser } from './postgres-user.ts'
import { endLeftover } from './processes.ts'

export type PostgresServer = {
  readonly url: string
  readonly port: number
  readonly child: Child
  /** As whom, and where its files are. */
  readonly runsAs: Pick<PostgresUser, 'kind' | 'directory'>
}

/**
 * For a server of our own on a machine that does other things too. Pages are logged whole once per checkpoint, which
 * is most of the log at a steady rate of inserts: fewer checkpoints, and compressed.
 */
export const OWN_SERVER_SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: '128MB',
  max_connections: '100',
  jit: 'off',
  wal_compression: 'on',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
}

export type PostgresOptions = {
  readonly directory: string
  readonly port?: number
  /** postgresql.conf settings, by name. */
  readonly settings?: Readonly<Record<string, string>>
  /** Seconds it outlives this process when it was not stopped; absent: for ever. */
  readonly guardAfterS?: number
  /** As whom it runs; by default the first way that works here. */
  readonly user?: PostgresUser['kind']
}

/** A data directory that we can neither use nor dare to touch; the message says what to do. */
export class UnusableCluster extends Error {
  override readonly name = 'UnusableCluster'
}

const LAST_WORDS_OF_A_PREDECESSOR = /pre-existing shared memory block|lock file .* already exists/

/**
 * Creates the cluster when there is none, ends a server that an earlier run left on it, starts it on loopback and
 * waits until it answers. @throws UnusableCluster, ChildNotReady
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const user = await postgresUser(options.directory, options.user)
  const password = await clusterPassword(user)
  await prepareCluster(user, options)
  const port = options.port ?? (await freePort())
  const url = `postgres://secumon:${password}@127.0.0.1:${port}/postgres`
  const child = await launch(user, { ...options, port }, url).catch((error: unknown) => {
    if (!(error instanceof ChildNotReady) || !LAST_WORDS_OF_A_PREDECESSOR.test(error.message)) throw error
    return launch(user, { ...options, port }, url)
  })
  return { url, port, child, runsAs: { kind: user.kind, directory: user.directory } }
}

async function launch(
  user: PostgresUser,
  options: PostgresOptions & { port: number },
  url: string,
): Promise<Child> {
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...options.settings }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const { file, args, ...ids } = user.command('postgres', [
    '-D',
    cluster(user),
    '-p',
    String(options.port),
    ...flags,
  ])
  const { guardAfterS } = options
  const guard = guardAfterS === undefined ? {} : { guard: { signal: 'SIGINT' as const, afterS: guardAfterS } }
  const child = await startChild(file, args, { detached: true, ...ids, ...guard })
  await waitUntilReady(child, () => probe(url), 30_000)
  return child
}

const cluster = (user: PostgresUser): string => join(user.directory, 'cluster')

async function prepareCluster(user: PostgresUser, options: PostgresOptions): Promise<void> {
  const path = cluster(user)
  const held = await readdir(path).catch(() => undefined)
  if (held === undefined || held.length === 0) return initialise(user, options)
  await checkCluster(path)
  const pidFile = join(path, 'postmaster.pid')
  await endLeftover({ pidFile, marker: path, signal: 'SIGINT' })
  // After a reboot another program may have the number, and PostgreSQL would believe that it is still running.
  await rm(pidFile, { force: true })
}

async function checkCluster(path: string): Promise<void> {
  const [made, ours] = await Promise.all([
    readFile(join(path, 'PG_VERSION'), 'utf8').catch(() => ''),
    majorVersion(),
  ])
  const control = await readFile(join(path, 'global', 'pg_control')).catch(() => undefined)
  if (made.trim() === '' || control === undefined)
    throw new UnusableCluster(
      `${path} is not a complete PostgreSQL cluster. Restore it from a backup or move it away.`,
    )
  if (made.trim() !== ours)
    throw new UnusableCluster(
      `${path} was made by PostgreSQL ${made.trim()}, this is ${ours}. Dump and load it.`,
    )
}

let version: Promise<string> | undefined
const majorVersion = async (): Promise<string> => {
  version ??= postgresVersion()
  return (await version).split('.')[0] ?? ''
}

/** The version of the server programs, e.g. `18.4`. */
export async function postgresVersion(): Promise<string> {
  const user = await postgresUser('', 'ourselves')
  const output = await runToEnd(user.command('postgres', []).file, ['--version'], { timeoutMs: 10_000 })
  return /(\d+(\.\d+)?)/.exec(output)?.[1] ?? output.trim()
}

// Made beside its final name, so that a cluster under that name is always whole.
async function initialise(user: PostgresUser, options: PostgresOptions): Promise<void> {
  const unfinished = `${cluster(user)}.new`
  await rm(unfinished, { recursive: true, force: true })
  const how = [
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
    ...(options.settings?.['fsync'] === 'off' ? ['--no-sync'] : []),
  ]
  const login = ['-U', 'secumon', '--auth=scram-sha-256', `--pwfile=${passwordFile(user)}`]
  const { file, args, ...ids } = user.command('initdb', ['-D', unfinished, ...login, ...how])
  await runToEnd(file, args, { ...ids, timeoutMs: 60_000, guard: { signal: 'SIGTERM', afterS: 0 } })
  await rmdir(cluster(user)).catch(() => undefined)
  await rename(unfinished, cluster(user))
}

const passwordFile = (user: PostgresUser): string => join(user.directory, 'password')

async function clusterPassword(user: PostgresUser): Promise<string> {
  await mkdir(user.directory, { recursive: true, mode: 0o700 })
  const file = passwordFile(user)
  const known = await readFile(file, 'utf8').catch(() => '')
  if (known.trim() !== '') return known.trim()
  if ((await readdir(cluster(user)).catch(() => [])).length > 0)
    throw new UnusableCluster(`${file} is gone, and with it the way into ${cluster(user)}. Restore it.`)
  const password = randomBytes(24).toString('base64url')
  await writeFile(file, password, { mode: 0o600 })
  const { uid, gid } = user.command('initdb', [])
  if (uid !== undefined && gid !== undefined) await chown(file, uid, gid)
  return password
}

async function probe(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    await client.query('select 1')
  } finally {
    await client.end()
  }
}
