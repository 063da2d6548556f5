// `secumon admin reset-password`: for who is locked out and may read the database.

import { randomBytes } from 'node:crypto'
import { findUser } from '@secumon/infra/vault/users'
import { resetPassword } from '../reset-password.ts'
import type { Command } from 'commander'
import { settingNames } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { withDatabase } from './command-platform.ts'
import { addSettings, flagsOf } from './options.ts'

type Options = Record<string, unknown> & { user: string }

export function define(command: Command): void {
  const reset = command
    .command('reset-password')
    .description('give a user a new random password and end their sessions')
  addSettings(reset, settingNames)
    .option('--user <name>', 'whose', 'admin')
    .action(async (options: Options) => {
      await withDatabase(flagsOf(options, settingNames), async (db) => {
        const user = await findUser(db, options.user)
        if (user === undefined) throw new Exit(exitCode.usage, `there is no enabled user ${options.user}`)
        const password = randomBytes(15).toString('base64url')
        await resetPassword(db, user.id, password)
        console.log(`${user.username}: ${password}`)
      })
    })
}
