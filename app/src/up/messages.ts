// What is printed when everything runs, and when everything has stopped.

import type { FirstAdmin } from '@secumon/infra/vault/users'
import type { Config } from '../config.ts'

export type Greeting = { readonly config: Config; readonly admin: FirstAdmin; readonly logs: string }

/** Address, login and how to stop. */
export function greeting({ config, admin, logs }: Greeting): string {
  const name = config.host === '127.0.0.1' || config.host === '0.0.0.0' ? 'localhost' : config.host
  return [
    '',
    `  SecuMon runs at  http://${name}:${config.port}`,
    `  log in as        ${login(config, admin)}`,
    '  new password     npm run secumon -- admin reset-password',
    `  logs             ${logs}`,
    '  stop             Ctrl-C',
    '',
  ].join('\n')
}

function login(config: Config, { username, password }: FirstAdmin): string {
  if (password === undefined) return `${username}, with the password you have`
  if (config.adminPassword !== undefined) return `${username}, with the password of SECUMON_ADMIN_PASSWORD`
  return `${username}  ${password}   (shown only now)`
}

/** The last line. */
export const farewell = (tookMs: number): string => `stopped in ${(tookMs / 1_000).toFixed(1)} s`
