// The only reader of the environment. A value comes from the flag, else the environment, else the file, else the
// default; everything that is wrong is told at once.

import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { isAlias, readAliases, type Environment } from './config/aliases.ts'
import { crossFaults } from './config/cross-faults.ts'
import { fileKey, flagOf, settingNames, settings, type Config, type SettingName } from './config/settings.ts'
import { suggest } from './config/suggest.ts'

export type { Config } from './config/settings.ts'

/** Values of the command line by setting; undefined where none was given. */
export type Flags = { readonly [Name in SettingName]?: string | undefined }

export type Loaded = {
  readonly config: Config
  /** Lines for the operator. */
  readonly deprecations: readonly string[]
}

/** What is wrong with the configuration, one line each. The program exits with 78. */
export class ConfigFaults extends Error {
  override readonly name = 'ConfigFaults'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(
      `the configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n  ${faults.join('\n  ')}`,
    )
    this.faults = faults
  }
}

/** The file that settings are read from, if there is one. */
export const configurationFile = (given: Environment = process.env): string | undefined =>
  given['SECUMON_CONFIG'] || undefined

type Found = { readonly value: unknown; readonly origin: string }

/** @throws ConfigFaults with every fault */
export async function loadConfig(flags: Flags = {}, given: Environment = process.env): Promise<Loaded> {
  const { environment, deprecations, faults: refusals } = readAliases(given)
  const faults = [...refusals, ...unknownVariables(environment)]
  const file = await readConfigFile(configurationFile(environment), faults)
  const config: Partial<Record<SettingName, unknown>> = {}
  for (const name of settingNames) {
    const found = (await fromFlagOrEnvironment(name, { flags, environment, faults })) ?? file.get(name)
    const parsed = settings[name].schema.safeParse(found?.value)
    if (parsed.success) config[name] = parsed.data
    else faults.push(describe(name, found, parsed.error.issues[0]?.message))
  }
  faults.push(...crossFaults(config as Partial<Config>))
  if (faults.length > 0) throw new ConfigFaults(faults)
  return { config: config as Config, deprecations }
}

/** The environment for a child of ours: everything but what would configure it. */
export function neutralEnvironment(given: Environment = process.env): Environment {
  const ours = new Set(
    settingNames.flatMap((name) => [settings[name].variable, `${settings[name].variable}_FILE`]),
  )
  return Object.fromEntries(
    Object.entries(given).filter(
      ([name]) => !name.startsWith('SECUMON_') && !ours.has(name) && !isAlias(name),
    ),
  )
}

/** Whether a browser would open in front of somebody. */
export const hasDesktop = (given: Environment = process.env): boolean =>
  process.platform === 'darwin' || Boolean(given['DISPLAY'] || given['WAYLAND_DISPLAY'])

type Sources = { readonly flags: Flags; readonly environment: Environment; readonly faults: string[] }

async function fromFlagOrEnvironment(name: SettingName, sources: Sources): Promise<Found | undefined> {
  const { variable } = settings[name]
  const flag = sources.flags[name]
  if (flag !== undefined) return { value: flag, origin: flagOf(name) ?? name }
  const value = sources.environment[variable]
  const path = sources.environment[`${variable}_FILE`]
  if (value && path) sources.faults.push(`${variable} and ${variable}_FILE are both set: keep one`)
  if (value) return { value, origin: variable }
  if (!path) return undefined
  try {
    return { value: (await readFile(path, 'utf8')).trim(), origin: `${variable}_FILE` }
  } catch (error) {
    sources.faults.push(`${variable}_FILE: ${path} cannot be read (${reason(error)})`)
    return undefined
  }
}

async function readConfigFile(path: string | undefined, faults: string[]): Promise<Map<SettingName, Found>> {
  const values = new Map<SettingName, Found>()
  if (!path) return values
  try {
    const text = await readFile(path, 'utf8')
    const content: unknown = extname(path) === '.json' ? JSON.parse(text) : parseYaml(text)
    if (content === null || content === undefined) return values
    if (typeof content !== 'object' || Array.isArray(content)) throw new Error('it must hold keys and values')
    for (const [key, value] of Object.entries(content)) takeFileValue(values, faults, { path, key, value })
  } catch (error) {
    // Only the first line: the others show the place in the file, which may hold a secret.
    const [what = ''] = reason(error).split('\n')
    faults.push(`SECUMON_CONFIG: ${path} cannot be read (${what.replace(/:$/, '')})`)
  }
  return values
}

type FileValue = { readonly path: string; readonly key: string; readonly value: unknown }

function takeFileValue(
  values: Map<SettingName, Found>,
  faults: string[],
  { path, key, value }: FileValue,
): void {
  const name = settingNames.find((candidate) => fileKey(candidate) === key)
  if (name === undefined)
    faults.push(`${path}: ${key} is no setting${didYouMean(key, settingNames.map(fileKey))}`)
  else values.set(name, { value: Array.isArray(value) ? value.join(',') : value, origin: `${path}: ${key}` })
}

function unknownVariables(environment: Environment): string[] {
  const known = ['SECUMON_CONFIG', ...settingNames.map((name) => settings[name].variable)]
  const accepted = new Set([...known, ...known.map((variable) => `${variable}_FILE`)])
  return Object.keys(environment)
    .filter((variable) => variable.startsWith('SECUMON_') && !accepted.has(variable))
    .map((variable) => `${variable} is no setting${didYouMean(variable, known)}`)
}

function didYouMean(mistyped: string, known: readonly string[]): string {
  const meant = suggest(mistyped, known)
  return meant === undefined ? '' : `; did you mean ${meant}?`
}

function describe(name: SettingName, found: Found | undefined, message = 'is wrong'): string {
  const { secret, variable } = settings[name]
  const value = found === undefined ? '' : secret ? ' (not shown)' : ` (${String(found.value)})`
  return `${found?.origin ?? variable}${value}: ${message}`
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
