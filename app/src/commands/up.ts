// `secumon up`: options of the all-in-one.

import { InvalidArgumentError, type Command } from 'commander'
import { settingNames } from '../config/settings.ts'
import { up } from '../up/up.ts'
import { configured } from './load-config.ts'
import { addSettings, flagsOf } from './options.ts'

type Options = Record<string, unknown> & { agent: boolean; open: boolean; dev: boolean; demo: number }

export const define = (command: Command): void =>
  void addSettings(command, settingNames)
    .option('--demo <agents>', 'a simulated fleet of so many agents beside this machine', agentCount, 0)
    .option('--no-agent', 'do not measure this machine')
    .option('--dev', 'work on the sources: roles start again when they change', false)
    .option('--no-open', 'do not open a browser')
    .action(async (options: Options) => {
      const config = await configured(flagsOf(options, settingNames))
      const { agent: withAgent, open: openBrowser, demo: demoAgents, dev } = options
      process.exitCode = await up({ config, withAgent, openBrowser, demoAgents, dev })
    })

export function agentCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > 100_000)
    throw new InvalidArgumentError('It must be a number of agents, 1 to 100,000.')
  return count
}
