// Settings as options of a command: `--port`, `--data` and so on, named after their variables.

import type { Command } from 'commander'
import type { Flags } from '../config.ts'
import { flagOf, settings, type SettingName } from '../config/settings.ts'

/** Adds an option for each of the settings that may stand on a command line. */
export function addSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const flag = flagOf(name)
    if (flag !== undefined) command.option(`${flag} <value>`, settings[name].about)
  }
  return command
}

/** What was given for the settings on the command line. */
export function flagsOf(options: Readonly<Record<string, unknown>>, names: readonly SettingName[]): Flags {
  const given = names.flatMap((name) => {
    const value = options[attributeOf(flagOf(name) ?? '')]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  return Object.fromEntries(given)
}

// How commander names what it found: `--ingest-port` → `ingestPort`.
const attributeOf = (flag: string): string =>
  flag.slice(2).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
