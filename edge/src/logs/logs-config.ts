// What the agent may read of this host's logs: a file of the host's own, that only root or the agent's user can write.
// The platform has no say in it. All faults are found at once.

import { MAX_LOG_FRAME_SOURCES } from '@secumon/contracts/log-lines'
import { readFileSync, statSync } from 'node:fs'
import { isAbsolute, normalize } from 'node:path'
import { errorText } from '../error-code.ts'
import { namePattern } from './find-paths.ts'
import { linearPattern, type LinearPattern } from './linear-pattern.ts'
import { builtIn, BUILT_IN, DEFAULT_BUILT_IN, isBuiltIn, type Redaction } from './redaction.ts'
import { Section } from './config-section.ts'
import type { Grouping } from './split-events.ts'
import type { Limit } from './token-bucket.ts'

export type FileSourceConfig = {
  readonly name: string
  /** Absolute, with wildcards. */
  readonly paths: readonly string[]
  /** Names that are left out. */
  readonly exclude: readonly RegExp[]
  /** Where the files begin that are there on the very first run. */
  readonly from: 'end' | 'beginning'
  readonly followSymlinks: boolean
  readonly grouping: Grouping | undefined
  /** After so long without a new line a group is complete. */
  readonly quietMs: number
}

export type JournalConfig = {
  readonly name: string
  /** systemd units; all where empty. */
  readonly units: readonly string[]
  readonly from: 'end' | 'beginning'
  /** Another directory of journal files than the host's. */
  readonly directory: string | undefined
}

export type LogsConfig = {
  readonly files: readonly FileSourceConfig[]
  readonly journal: JournalConfig | undefined
  readonly redactions: readonly Redaction[]
  /** Where a source says nothing else. */
  readonly limit: Limit
  readonly limits: ReadonlyMap<string, Limit>
  /** Of the spool of lane `logs`. */
  readonly spoolBytes: number
}

/** The file cannot be used; `faults` says why, each in a sentence. */
export class BadLogsConfig extends Error {
  override readonly name = 'BadLogsConfig'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

export const DEFAULT_LIMIT: Limit = { linesPerSecond: 2_000, bytesPerSecond: 1024 ** 2, burstSeconds: 10 }
const MEBIBYTE = 1024 ** 2
const NAME = /^[A-Za-z0-9][\w.-]{0,62}$/

/** @throws BadLogsConfig */
export function readLogsFile(path: string): LogsConfig {
  try {
    requireOwn(path)
    return parseLogsConfig(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const faults = error instanceof BadLogsConfig ? error.faults : [errorText(error)]
    throw new BadLogsConfig(faults.map((fault) => `${path}: ${fault}`))
  }
}

// Whoever can write it can have any file read that the agent can read.
function requireOwn(path: string): void {
  const { uid, mode } = statSync(path)
  const own = process.getuid?.()
  if (own === undefined) return
  if (uid !== 0 && uid !== own) throw new BadLogsConfig(["its owner is neither root nor the agent's user"])
  if ((mode & 0o022) !== 0) throw new BadLogsConfig(['others than its owner can write it: chmod go-w'])
}

/** @throws BadLogsConfig with every fault */
export function parseLogsConfig(content: unknown): LogsConfig {
  const faults: string[] = []
  const root = new Section(content, '', faults)
  const limits = new Map<string, Limit>()
  const limit = limitOf(root.section('limit'), DEFAULT_LIMIT)
  const files = root.sections('files').map((section) => fileSource(section, limits, limit))
  const journalSection = root.section('journal')
  const journal = journalSection && journalSource(journalSection, limits, limit)
  const redactions = redactionsOf(root.section('redact'))
  const spoolBytes = root.number('spool_mib', { least: 8, most: 16_384, otherwise: 128 }) * MEBIBYTE
  root.end()
  const names = [...files, ...(journal ? [journal] : [])].map(({ name }) => name)
  for (const name of new Set(names.filter((each, i) => names.indexOf(each) !== i)))
    faults.push(`two sources are called ${name}`)
  if (names.length > MAX_LOG_FRAME_SOURCES)
    faults.push(`it names ${names.length} sources, ${MAX_LOG_FRAME_SOURCES} at most are possible`)
  if (names.length === 0 && faults.length === 0) faults.push('it names no source')
  if (faults.length > 0) throw new BadLogsConfig(faults)
  return { files, journal, redactions, limit, limits, spoolBytes }
}

function fileSource(section: Section, limits: Map<string, Limit>, common: Limit): FileSourceConfig {
  const name = nameOf(section, '')
  const paths = section.texts('paths').map((path) => normalize(path))
  if (paths.length === 0) section.fault('paths', 'is empty')
  for (const path of paths) if (!isAbsolute(path)) section.fault('paths', `${path} is not absolute`)
  const own = section.section('limit')
  if (own) limits.set(name, limitOf(own, common))
  const lines = section.section('multiline')
  const config = {
    name,
    paths,
    exclude: section.texts('exclude').map(namePattern),
    from: section.choice('from', ['end', 'beginning']),
    followSymlinks: section.flag('follow_symlinks'),
    grouping: lines && groupingOf(lines),
    quietMs: lines?.number('timeout_ms', { least: 100, most: 60_000, otherwise: 2_000 }) ?? 0,
  }
  lines?.end()
  section.end()
  return config
}

function journalSource(section: Section, limits: Map<string, Limit>, common: Limit): JournalConfig {
  const name = nameOf(section, 'journal')
  const own = section.section('limit')
  if (own) limits.set(name, limitOf(own, common))
  const config = {
    name,
    units: section.texts('units'),
    from: section.choice('from', ['end', 'beginning']),
    directory: section.text('directory') || undefined,
  }
  section.end()
  return config
}

function nameOf(section: Section, otherwise: string): string {
  const name = section.text('name') || otherwise
  if (!NAME.test(name)) section.fault('name', 'is missing or no name of letters, digits, ".", "_" and "-"')
  return name
}

function limitOf(section: Section | undefined, otherwise: Limit): Limit {
  if (!section) return otherwise
  const bounds = { least: 1, most: 1e9 }
  const limit = {
    linesPerSecond: section.number('lines_per_second', { ...bounds, otherwise: otherwise.linesPerSecond }),
    bytesPerSecond: section.number('bytes_per_second', { ...bounds, otherwise: otherwise.bytesPerSecond }),
    burstSeconds: section.number('burst_seconds', {
      least: 1,
      most: 3_600,
      otherwise: otherwise.burstSeconds,
    }),
  }
  section.end()
  return limit
}

function groupingOf(section: Section): Grouping | undefined {
  const start = pattern(section, 'start')
  const continuation = pattern(section, 'continuation')
  const maxLines = section.number('max_lines', { least: 2, most: 10_000, otherwise: 500 })
  if (start && continuation) section.fault('start', 'and continuation exclude each other')
  if (!start && !continuation) section.fault('start', 'or continuation is needed')
  if (start) return { maxLines, continues: (line) => !start.test(line) }
  return continuation && { maxLines, continues: (line) => continuation.test(line) }
}

function redactionsOf(section: Section | undefined): Redaction[] {
  const names = section?.texts('built_in', DEFAULT_BUILT_IN) ?? DEFAULT_BUILT_IN
  const redactions = names.filter(isBuiltIn).map(builtIn)
  for (const name of names)
    if (!isBuiltIn(name)) section?.fault('built_in', `${name} is none of ${Object.keys(BUILT_IN).join(', ')}`)
  for (const own of section?.sections('patterns') ?? []) {
    const match = pattern(own, 'match')
    const replacement = own.text('replace') || '[redacted]'
    if (match) redactions.push({ pattern: match, replacement })
    else if (own.text('match') === '') own.fault('match', 'is missing')
    own.end()
  }
  section?.end()
  return redactions
}

function pattern(section: Section, key: string): LinearPattern | undefined {
  const source = section.text(key)
  if (source === '') return undefined
  try {
    return linearPattern(source)
  } catch (error) {
    section.fault(key, errorText(error))
    return undefined
  }
}
