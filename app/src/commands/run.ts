// `secumon run <role…>`: roles in this process, against the servers of NATS_URL, DATABASE_URL and REDIS_URL.

import { Argument, type Command } from 'commander'
import { settingNames } from '../config/settings.ts'
import { roleNames, roles, serverRoles, type RoleName } from '../roles/table.ts'
import { runRoles } from '../run.ts'
import { configured } from './load-config.ts'
import { addSettings, flagsOf } from './options.ts'

export function define(command: Command): void {
  const about = roleNames.map((name) => `${name.padEnd(10)} ${roles[name].about}`).join('\n')
  addSettings(command, settingNames)
    .addArgument(new Argument('<role...>', 'which roles').choices(['all', ...roleNames]))
    .addHelpText(
      'after',
      `\nRoles:\n${about}\n${'all'.padEnd(10)} every role of a server: ${serverRoles.join(', ')}`,
    )
    .action(async (asked: string[], options: Record<string, unknown>) => {
      const config = await configured(flagsOf(options, settingNames))
      process.exitCode = await runRoles(chosen(asked), config)
    })
}

const chosen = (asked: readonly string[]): RoleName[] =>
  roleNames.filter((name) => asked.includes(name) || (asked.includes('all') && serverRoles.includes(name)))
