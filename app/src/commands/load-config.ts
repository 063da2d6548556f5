// The configuration of a command, with its deprecations told to the operator.

import { loadConfig, type Config, type Flags } from '../config.ts'

/** @throws ConfigFaults */
export async function configured(flags: Flags = {}): Promise<Config> {
  const { config, deprecations } = await loadConfig(flags)
  for (const line of deprecations) console.error(`secumon: ${line}`)
  return config
}
