// `secumon status`: how the roles are, how full the log is, how far everybody is behind, and what to do about what is
// wrong. Exits with 69 when nothing answers, 75 when something is wrong.

import type { Command } from 'commander'
import { systemClock } from '../clock.ts'
import { settingNames } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { fullStatus, type StatusConfig } from '../status/full-status.ts'
import { render } from '../status/render.ts'
import { apiUrl } from '../up/programs.ts'
import { readRunFile } from '../up/run-file.ts'
import { configured } from './load-config.ts'
import { addSettings, flagsOf } from './options.ts'

const LINGER_MS = 100

type Options = Record<string, unknown> & { json?: boolean }

export const define = (command: Command): void =>
  void addSettings(command, settingNames)
    .option('--json', 'for programs')
    .action(async (options: Options) => {
      const config = await located(options)
      const status = await fullStatus(config)
      if (!status.api && !status.platform)
        throw new Exit(exitCode.unavailable, status.problems.join('\nsecumon: '))
      console.log(options.json ? JSON.stringify(status, undefined, 2) : render(status, systemClock.nowMs()))
      if (status.problems.length > 0) process.exitCode = exitCode.temporary
      // A server that hangs must not keep who asked.
      setTimeout(() => process.exit(), LINGER_MS).unref()
    })

// Of a SecuMon whose servers are not known, the API can still be asked.
async function located(options: Options): Promise<StatusConfig> {
  const config = await configured(flagsOf(options, settingNames))
  const running = await readRunFile(config.dataDirectory)
  const url = config.apiUrl ?? apiUrl({ host: config.host, port: running?.port ?? config.port })
  const { databaseUrl = running?.databaseUrl, natsUrl = running?.natsUrl } = config
  return { ...config, databaseUrl, natsUrl, apiUrl: url }
}
