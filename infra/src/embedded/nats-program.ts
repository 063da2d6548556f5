// Finds or fetches the nats-server program: on PATH, else the release archive with its pinned checksum, else by the
// system's package manager. Each way that does not lead to one says why.

import { access, chmod, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runToEnd } from './child.ts'
import { download } from './download.ts'
import { canInstall, ensureTool, findProgram, findTool, installCommand, ToolMissing } from './tools.ts'

/** Which release is fetched when there is none here: version, where from, and the checksum for each platform. */
export type NatsLock = {
  readonly version: string
  readonly baseUrl: string
  readonly sha256: Readonly<Record<string, string>>
}

export type NatsProgram = {
  readonly path: string
  readonly version: string
  /** Older than what production asks for. */
  readonly forDevelopment: boolean
}

export type NatsProgramOptions = {
  /** Where fetched programs are kept. */
  readonly directory: string
  /** Named by the operator: nothing else is tried. */
  readonly path?: string
  readonly lock: NatsLock
  readonly say: (line: string) => void
  readonly timeoutMs?: number
}

const OLDEST = '2.9.0'
const OLDEST_FOR_PRODUCTION = '2.10.23'
const MAX_ARCHIVE_BYTES = 64 * 1024 ** 2

/** The release this version of SecuMon is made with. */
export async function pinnedRelease(): Promise<NatsLock> {
  const text = await readFile(new URL('nats-server.lock.json', import.meta.url), 'utf8')
  return JSON.parse(text) as NatsLock
}

/** @throws ToolMissing with the command to type when no way leads to a program that is new enough */
export async function natsProgram(options: NatsProgramOptions): Promise<NatsProgram> {
  if (options.path !== undefined) return describeProgram(options.path)
  const onPath = await findTool('nats-server')
  if (onPath !== undefined) {
    const found = await describeProgram(onPath)
    if (atLeast(found.version, OLDEST)) return found
    options.say(`${onPath} is version ${found.version}, older than ${OLDEST}: not used`)
  }
  return (await fetchedProgram(options)) ?? (await byPackageManager(options))
}

/** From the release archive; undefined, with a line that says why, when that way is closed. */
export async function fetchedProgram(options: NatsProgramOptions): Promise<NatsProgram | undefined> {
  const { lock, say } = options
  const platform = releasePlatform()
  const sha256 = lock.sha256[platform]
  const program = join(options.directory, `nats-server-${lock.version}`)
  if (await exists(program)) return describeProgram(program)
  if (sha256 === undefined) {
    say(`no checksum of nats-server ${lock.version} is pinned for ${platform}: not downloaded`)
    return undefined
  }
  try {
    await fetchProgram(options, { platform, sha256, program })
    return await describeProgram(program)
  } catch (error) {
    say(`nats-server ${lock.version} could not be downloaded: ${String(error)}`)
    return undefined
  }
}

type Fetch = { readonly platform: string; readonly sha256: string; readonly program: string }

async function fetchProgram(
  options: NatsProgramOptions,
  { platform, sha256, program }: Fetch,
): Promise<void> {
  const { lock, directory } = options
  const name = `nats-server-v${lock.version}-${platform}`
  const url = `${lock.baseUrl}/v${lock.version}/${name}.tar.gz`
  const scratch = join(directory, `${name}.${process.pid}`)
  await mkdir(scratch, { recursive: true, mode: 0o700 })
  try {
    const archive = join(scratch, 'archive.tar.gz')
    options.say(`downloading ${url}`)
    await download({
      url,
      to: archive,
      sha256,
      maxBytes: MAX_ARCHIVE_BYTES,
      timeoutMs: options.timeoutMs ?? 60_000,
    })
    const member = `${name}/nats-server`
    await runToEnd('tar', ['-xzf', archive, '-C', scratch, '--no-same-owner', member], { timeoutMs: 30_000 })
    await chmod(join(scratch, member), 0o755)
    await rename(join(scratch, member), program)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function byPackageManager(options: NatsProgramOptions): Promise<NatsProgram> {
  const brew = process.platform === 'darwin' ? await findProgram(['brew']) : undefined
  if (brew !== undefined) {
    options.say('installing nats-server with Homebrew (it keeps the event log)')
    await runToEnd(brew, ['install', 'nats-server'], { timeoutMs: 300_000 })
  } else if (!(await canInstall())) throw new ToolMissing('nats-server', installCommand('nats-server'))
  return describeProgram(await ensureTool('nats-server', options.say))
}

async function describeProgram(path: string): Promise<NatsProgram> {
  const output = await runToEnd(path, ['--version'], { timeoutMs: 10_000 })
  const version = /v?(\d+\.\d+\.\d+)/.exec(output)?.[1]
  if (version === undefined) throw new Error(`${path} --version says nothing we understand: ${output}`)
  return { path, version, forDevelopment: !atLeast(version, OLDEST_FOR_PRODUCTION) }
}

/** Whether a version `major.minor.patch` is the other or newer. */
export function atLeast(version: string, oldest: string): boolean {
  return version.localeCompare(oldest, 'en', { numeric: true }) >= 0
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64' }

/** What the release archives call this machine, e.g. `linux-amd64`. */
export const releasePlatform = (): string =>
  `${process.platform}-${architectures[process.arch] ?? process.arch}`

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
