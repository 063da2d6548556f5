// `secumon keys ls | rotate | rotate-master | shred | missing | forget`: the data keys of tenants, and the master key that
// wraps them.

import { isTenant, SYSTEM_TENANT } from '@secumon/contracts/subjects'
import { Rejected } from '@secumon/domain/rejected'
import type { Database } from '@secumon/infra/database/database'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { listDataKeys, masterKeysInUse, type DataKeyInfo } from '@secumon/infra/vault/key-acts'
import type { Command } from 'commander'
import { settingNames } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { rotate, rotateMaster, shred, type Keyring } from '../keyring.ts'
import { readableLog } from '../log-patience.ts'
import { reached, type Platform } from '../platform.ts'
import { count } from '../status/figures.ts'
import { table } from '../status/table.ts'
import { confirmed } from './confirm.ts'
import { withPlatform } from './command-platform.ts'
import { forgetMissing, listMissing } from './missing-keys.ts'
import { addSettings, flagsOf } from './options.ts'

type Options = Record<string, unknown>

export function define(command: Command): void {
  act(command, 'ls', 'list the data keys of all tenants').action(run(list))
  act(command, 'rotate', 'give tenants a new key to write with; older ones still open what they sealed')
    .option('--tenant <name>', 'of this tenant')
    .option('--all', 'of every tenant that has a key')
    .action(run(rotateDataKeys))
  act(
    command,
    'rotate-master',
    'wrap everything with SECUMON_MASTER_KEY, so that older ones open nothing',
  ).action(run(rotateMasterKey))
  act(command, 'shred', 'destroy the keys of a tenant: what they sealed can never be read again')
    .requiredOption('--tenant <name>', 'whose')
    .option('--yes-shred <name>', 'the name once more, in place of being asked for it')
    .action(run(shredTenant))
  act(command, 'missing', 'list the keys that archive and log are sealed with and the vault has not').action(
    run(listMissing),
  )
  act(command, 'forget', 'go on without missing keys of a tenant: what they sealed can never be read again')
    .requiredOption('--tenant <name>', 'whose')
    .option('--yes-forget <name>', 'the name once more, in place of being asked for it')
    .action(run(forgetMissing))
}

const act = (command: Command, name: string, about: string): Command =>
  addSettings(command.command(name).description(about), settingNames)

type Work = (platform: Platform, db: Database, options: Options) => Promise<void>

const run =
  (work: Work) =>
  (options: Options): Promise<void> =>
    withPlatform(flagsOf(options, settingNames), async (platform) => {
      const db = await platform.database('keys command', 2)
      await reached('PostgreSQL', () => told(() => work(platform, db, options)))
    })

async function told(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (!(cause instanceof Rejected)) throw cause
    const what = 'the vault was changed, but the event log could not be told'
    throw new Exit(exitCode.unavailable, `${what}: ${cause.message}; run the command again`, { cause })
  }
}

const list: Work = async (_platform, db) => {
  const keys = await listDataKeys(db)
  const rows = keys.map((key) => [
    key.tenant,
    key.keyId,
    key.state,
    day(key.createdAtMs),
    endOf(key),
    key.masterKeyId ?? '-',
  ])
  for (const line of table(['TENANT', 'KEY', 'STATE', 'MADE', 'ENDED', 'MASTER KEY'], rows)) console.log(line)
}

const rotateDataKeys: Work = async (platform, db, { tenant, all }) => {
  if ((tenant === undefined) === (all === undefined))
    throw new Exit(exitCode.usage, 'say whose: --tenant <name> or --all')
  const held = [...new Set((await listDataKeys(db)).map((key) => key.tenant))]
  if (typeof tenant === 'string') requireKeys(held, tenant)
  const masterKeys = await platform.masterKeys()
  const keys = await keyringOf(platform, db)
  for (const each of typeof tenant === 'string' ? [tenant] : held)
    console.log(`${each}: writes with key ${await rotate(keys, masterKeys, each)} within a minute`)
}

const rotateMasterKey: Work = async (platform, db) => {
  const masterKeys = await platform.masterKeys()
  const missing = (await masterKeysInUse(db)).filter((id) => !masterKeys.knows(id))
  if (missing.length > 0)
    throw new Exit(
      exitCode.configuration,
      `nothing was changed: give master key ${missing.join(', ')}, which wraps part of the vault, in SECUMON_MASTER_KEY_OLD`,
    )
  const { secrets, dataKeys } = await rotateMaster(await keyringOf(platform, db), masterKeys)
  console.log(
    `${secrets} secrets and ${dataKeys} data keys were wrapped anew; all of the vault is under master key ${masterKeys.currentId}.\n` +
      'SECUMON_MASTER_KEY_OLD can go from every process. Backups of the vault from before still open with the old one.',
  )
}

const shredTenant: Work = async (platform, db, options) => {
  const tenant = String(options['tenant'])
  const held = (await listDataKeys(db)).filter((key) => key.tenant === tenant)
  requireKeys([...new Set(held.map((key) => key.tenant))], tenant)
  if (tenant === SYSTEM_TENANT)
    throw new Exit(exitCode.usage, 'the records of the platform itself cannot be shredded')
  // What cannot be told must not be done.
  const keys = await keyringOf(platform, db)
  console.log(warning(tenant, held))
  if (!(await confirmed(tenant, options['yesShred'])))
    throw new Exit(exitCode.usage, 'nothing was destroyed: the name was not given once more')
  const shredded = await shred(keys, tenant)
  console.log(`\nDestroyed: ${count(shredded, 'key')} of ${tenant}.\n${AFTERWARDS}`)
}

const warning = (tenant: string, held: readonly DataKeyInfo[]): string =>
  `These will be destroyed: ${count(held.filter(({ state }) => state !== 'shredded').length, 'key')} of ${tenant}. What they sealed can then be read by nobody, for ever:
  its telemetry, logs and events in the archive, and its domain events in the log (agents, names, tags).
What stays and can be verified: every leaf hash, the subjects, versions and times of its events, and the identities of
its agents (public keys and epochs).`

const AFTERWARDS = `Other processes forget them within a minute. Beyond what keys can do:
  - tables still show what was read before; secumon rebuild makes them anew without it
  - frames lie in the log in clear until it forgets them, after 48 hours
  - backups of the vault still hold the wrapped keys: destroy those, or rotate the master key and destroy the old one
  - agents that still send are kept under a new key: revoke them`

function requireKeys(held: readonly string[], tenant: string): void {
  if (!isTenant(tenant) || !held.includes(tenant))
    throw new Exit(exitCode.usage, `tenant ${tenant.slice(0, 64)} has no keys; see: secumon keys ls`)
}

const keyringOf = async (platform: Platform, db: Database): Promise<Keyring> => ({
  db,
  store: jetStreamEventStore(await readableLog(platform)),
  clock: platform.clock,
})

const day = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`

const endOf = ({ shreddedAtMs, retiredAtMs }: DataKeyInfo): string => {
  const ms = shreddedAtMs ?? retiredAtMs
  return ms === null ? '-' : day(ms)
}
