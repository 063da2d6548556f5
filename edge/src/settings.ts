// The settings of the agent's bundle: flag, then environment, then default. It is shipped alone, so it reads them
// itself. All faults are found at once.

import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { TextFiles } from './collectors/collector.ts'
import {
  TEXT_FILES_DEFAULTS,
  TEXT_FILES_DIRECTORY,
  TEXT_FILES_LIMITS,
} from './collectors/text-files/limits.ts'
import { errorText } from './error-code.ts'
import { isLogLevel, type LogLevel } from './log.ts'
import { BadLogsConfig, readLogsFile, type LogsConfig } from './logs/logs-config.ts'
import { DEFAULT_PERIOD_MS, PERIOD_LIMITS } from './sampler.ts'

export type AgentSettings = {
  readonly apiUrl: string
  readonly enrolmentToken?: string
  readonly stateDirectory: string
  readonly name: string
  readonly tags: readonly string[]
  readonly periodMs: number
  readonly logLevel: LogLevel
  readonly authorities?: string
  readonly logs?: LogsConfig
  readonly textFiles: TextFiles
}

/** Settings are missing or wrong; `faults` says each in a sentence. */
export class BadSettings extends Error {
  override readonly name = 'BadSettings'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

export const DEFAULT_STATE_DIRECTORY = '/var/lib/secumon-agent'

/** Every setting: flag → variable and what it is. */
export const SETTINGS = {
  'api-url': ['SECUMON_API_URL', 'address of the API, e.g. https://secumon.example.com'],
  'enrolment-token': ['SECUMON_ENROLMENT_TOKEN', 'lets the agent in, once'],
  'enrolment-token-file': ['SECUMON_ENROLMENT_TOKEN_FILE', 'file that holds the token'],
  'state-directory': ['SECUMON_STATE_DIRECTORY', `where key and spool are kept (${DEFAULT_STATE_DIRECTORY})`],
  name: ['SECUMON_AGENT_NAME', 'name of the agent (the host name)'],
  tags: ['SECUMON_AGENT_TAGS', 'comma-separated tags'],
  period: ['SECUMON_PERIOD', 'seconds between two measurements, 1 – 300 (10)'],
  'log-level': ['SECUMON_LOG_LEVEL', 'debug, info, warn or error (info)'],
  'logs-file': ['SECUMON_LOGS_FILE', 'JSON file that says which logs of this host are shipped (none)'],
  'metrics-directory': [
    'SECUMON_METRICS_DIRECTORY',
    'where programs publish *.prom files (metrics.d in the state directory)',
  ],
  'metrics-interval': ['SECUMON_METRICS_INTERVAL', 'seconds between two readings of them, 10 – 300 (60)'],
  'metrics-max-age': ['SECUMON_METRICS_MAX_AGE', 'seconds after which one is left out, 60 – 2678400 (3600)'],
  'ca-file': ['SECUMON_CA_FILE', 'PEM file of the certificate authorities to trust'],
} as const

type Flag = keyof typeof SETTINGS
type Environment = Readonly<Record<string, string | undefined>>

// What the server's own programs may be told, and this one does not tell apart.
const OTHER_LEVELS: Readonly<Record<string, LogLevel>> = { trace: 'debug', fatal: 'error', silent: 'error' }

/** @throws BadSettings with every fault found */
export function readSettings(args: readonly string[], environment: Environment): AgentSettings {
  const faults: string[] = []
  const flags = readFlags(args, faults)
  const read = (flag: Flag): string | undefined => flags[flag] || environment[SETTINGS[flag][0]] || undefined
  const fault = (flag: Flag, what: string): void =>
    void faults.push(`--${flag} or ${SETTINGS[flag][0]}: ${what}`)
  const file = (flag: Flag): string | undefined => {
    const path = read(flag)
    try {
      return path && readFileSync(path, 'utf8').trim()
    } catch (error) {
      fault(flag, errorText(error))
      return undefined
    }
  }

  const apiUrl = read('api-url') ?? ''
  if (!URL.canParse(apiUrl) || !/^https?:$/.test(new URL(apiUrl).protocol))
    fault('api-url', apiUrl ? 'is not an http(s) URL' : 'is missing')
  const milliseconds = (flag: Flag, usualMs: number, [least, most]: readonly [number, number]): number => {
    const text = read(flag)
    const ms = text === undefined ? usualMs : Math.round(Number(text) * 1000)
    if (!(ms >= least && ms <= most)) fault(flag, `is not ${least / 1000} – ${most / 1000} seconds`)
    return ms
  }
  const periodMs = milliseconds('period', DEFAULT_PERIOD_MS, PERIOD_LIMITS.periodMs)
  const level = read('log-level') ?? 'info'
  const logLevel = isLogLevel(level) ? level : OTHER_LEVELS[level]
  if (!logLevel) fault('log-level', 'is none of debug, info, warn, error')
  const enrolmentToken = read('enrolment-token') ?? file('enrolment-token-file')
  const authorities = file('ca-file')
  const logsFile = read('logs-file')
  const logs = logsFile && readLogs(logsFile, (what) => fault('logs-file', what))
  const stateDirectory = read('state-directory') ?? DEFAULT_STATE_DIRECTORY
  const { intervalMs, maxAgeMs } = TEXT_FILES_DEFAULTS
  const textFiles = {
    directory: read('metrics-directory') ?? join(stateDirectory, TEXT_FILES_DIRECTORY),
    isExpected: read('metrics-directory') !== undefined,
    intervalMs: milliseconds('metrics-interval', intervalMs, TEXT_FILES_LIMITS.intervalMs),
    maxAgeMs: milliseconds('metrics-max-age', maxAgeMs, TEXT_FILES_LIMITS.maxAgeMs),
  }
  if (faults.length > 0 || !logLevel) throw new BadSettings(faults)
  return {
    apiUrl,
    stateDirectory,
    name: read('name') ?? hostname(),
    tags: (read('tags') ?? '')
      .split(',')
      .map((tag) => tag.trim())
      .filter(Boolean),
    periodMs,
    logLevel,
    textFiles,
    ...(enrolmentToken && { enrolmentToken }),
    ...(authorities && { authorities }),
    ...(logs && { logs }),
  }
}

function readLogs(path: string, fault: (what: string) => void): LogsConfig | undefined {
  try {
    return readLogsFile(path)
  } catch (error) {
    if (!(error instanceof BadLogsConfig)) throw error
    for (const each of error.faults) fault(each)
    return undefined
  }
}

function readFlags(args: readonly string[], faults: string[]): Partial<Record<string, string>> {
  const names = Object.keys(SETTINGS)
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    faults.push(errorText(error))
    return {}
  }
}
