// `secumon status`: what the API says of every role. Exits with 69 when it does not answer, 75 when something is wrong.

import type { Command } from 'commander'
import { z } from 'zod'
import { settingNames } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { apiUrl } from '../up/programs.ts'
import { readRunFile } from '../up/run-file.ts'
import { configured } from './load-config.ts'
import { addSettings, flagsOf } from './options.ts'

const role = z.object({ status: z.string(), detail: z.string().optional() })
const health = z.object({ status: z.string(), version: z.string(), roles: z.record(z.string(), role) })

const TIMEOUT_MS = 5_000

export const define = (command: Command): void =>
  void addSettings(command, settingNames).action(async (options: Record<string, unknown>) => {
    const config = await configured(flagsOf(options, settingNames))
    const running = await readRunFile(config.dataDirectory)
    const url = config.apiUrl ?? apiUrl({ host: config.host, port: running?.port ?? config.port })
    const { status, version, roles } = await ask(url)
    console.log(`SecuMon ${version} at ${url}: ${status}`)
    for (const [name, { status: state, detail = '' }] of Object.entries(roles))
      console.log(`  ${name.padEnd(12)} ${state.padEnd(10)} ${detail}`.trimEnd())
    if (status !== 'healthy') process.exitCode = exitCode.temporary
  })

async function ask(url: string): Promise<z.infer<typeof health>> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return health.parse(await response.json())
  } catch (cause) {
    throw new Exit(exitCode.unavailable, `no SecuMon answers at ${url}`, { cause })
  }
}
