// Finds the programs of the operating system that we use, and installs a missing one where that is ours to do: as
// root on Debian, with a line saying what and why. Elsewhere the error carries the exact command.

import { existsSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { runToEnd } from './child.ts'

type ToolDescription = {
  readonly programs: readonly string[]
  readonly package: string
  readonly brew: string
  readonly why: string
}

/** One line per program: the names it goes by, or a file of it; Debian's and Homebrew's package; what we need it for. */
const tools = {
  'nats-server': {
    programs: ['nats-server'],
    package: 'nats-server',
    brew: 'nats-server',
    why: 'keeps the event log',
  },
  'redis-server': {
    programs: ['redis-server'],
    package: 'redis-server',
    brew: 'redis',
    why: 'keeps the latest values',
  },
  chromium: {
    programs: ['chromium', 'chromium-browser'],
    package: 'chromium',
    brew: 'chromium',
    why: 'shows pages in the stories',
  },
  fping: { programs: ['fping'], package: 'fping', brew: 'fping', why: 'pings hosts' },
  ethtool: {
    programs: ['ethtool'],
    package: 'ethtool',
    brew: 'ethtool',
    why: 'completes the checksums of packets that the chaos suite treats',
  },
  faketime: {
    programs: ['faketime'],
    package: 'faketime',
    brew: 'libfaketime',
    why: 'sets the clocks of single processes for the chaos suite',
  },
  prometheus: {
    programs: ['prometheus'],
    package: 'prometheus',
    brew: 'prometheus',
    why: 'is measured beside us',
  },
  'prometheus-alertmanager': {
    programs: ['prometheus-alertmanager', 'alertmanager'],
    package: 'prometheus-alertmanager',
    brew: 'alertmanager',
    why: 'is measured beside us',
  },
  'victoria-metrics': {
    programs: ['victoria-metrics'],
    package: 'victoria-metrics',
    brew: 'victoriametrics',
    why: 'is measured beside us',
  },
  'systemd-journal-remote': {
    programs: ['/lib/systemd/systemd-journal-remote'],
    package: 'systemd-journal-remote',
    brew: 'systemd',
    why: 'writes journals for tests',
  },
  // Only its library: the packages of its programs bring services along.
  swift: {
    programs: ['/usr/lib/python3/dist-packages/swift/__init__.py'],
    package: 'python3-swift',
    brew: 'python3-swift',
    why: 'is an S3 store for tests',
  },
} satisfies Record<string, ToolDescription>

export type Tool = keyof typeof tools

/** A program that is not here and that we may not install; the message says how to. */
export class ToolMissing extends Error {
  override readonly name = 'ToolMissing'
  readonly command: string
  constructor(tool: string, command: string, options?: ErrorOptions) {
    super(`${tool} is not installed. Install it with: ${command}`, options)
    this.command = command
  }
}

// Debian keeps servers in sbin, which is not on the path of ordinary users.
const alsoThere = ['/usr/local/bin', '/usr/local/sbin', '/usr/sbin', '/sbin', '/opt/homebrew/bin']

/** Where the first of these programs lies, on PATH or where systems put servers. */
export async function findProgram(names: readonly string[]): Promise<string | undefined> {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...alsoThere].filter(
    (path) => path !== '',
  )
  for (const name of names) {
    if (isAbsolute(name) && existsSync(name)) return name
    for (const directory of directories) {
      const path = join(directory, name)
      if (await isExecutable(path)) return path
    }
  }
  return undefined
}

/** The path of the tool when it is there. */
export const findTool = (tool: Tool): Promise<string | undefined> => findProgram(tools[tool].programs)

/**
 * The path of the tool, installing it when root on Debian. Safe to call from several processes at once.
 * @throws ToolMissing with the command to type
 */
export async function ensureTool(tool: Tool, say: (line: string) => void = toStandardError): Promise<string> {
  const found = await findTool(tool)
  if (found !== undefined) return found
  await installPackage(tool, say)
  const installed = await findTool(tool)
  if (installed === undefined) throw new ToolMissing(tool, installCommand(tool))
  return installed
}

/** What a person types to install the tool. */
export const installCommand = (tool: Tool): string =>
  process.platform === 'darwin'
    ? `brew install ${tools[tool].brew}`
    : `sudo apt-get install ${tools[tool].package}`

/** Whether `ensureTool` may install system packages here. */
export async function canInstall(): Promise<boolean> {
  return (
    process.platform === 'linux' && process.getuid?.() === 0 && (await findProgram(['apt-get'])) !== undefined
  )
}

async function installPackage(tool: Tool, say: (line: string) => void): Promise<void> {
  const command = installCommand(tool)
  if (!(await canInstall())) throw new ToolMissing(tool, command)
  const { package: name, programs, why } = tools[tool]
  say(`installing the Debian package ${name} (${tool} ${why})`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    await runToEnd('sh', ['-c', installScript, 'install', name, ...programs], { env, timeoutMs: 300_000 })
  } catch (cause) {
    throw new ToolMissing(tool, command, { cause })
  }
}

// The lock lets the first of several processes install while the others wait; they then find the program there.
// Services that packages start would take ports and memory: policy-rc.d is not ours to write, so RUNLEVEL says no.
const installScript = `
exec 9>/run/secumon-install.lock
flock -w 280 9 || exit 75
name=$1; shift
for program; do [ -f "$program" ] || command -v "$program" >/dev/null && exit 0; done
apt-get update -qq
RUNLEVEL=1 apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$name"
`

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

const toStandardError = (line: string): void => void process.stderr.write(`${line}\n`)
