// Makes what lets people and agents in: the master key, the first administrator, and an enrolment token for the
// agents that this start brings along.

import { randomBytes } from 'node:crypto'
import { DEFAULT_TENANT } from '@secumon/contracts/subjects'
import type { Database } from '@secumon/infra/database/database'
import { createEnrolmentToken } from '@secumon/infra/vault/enrolment-tokens'
import { ensureFirstAdmin, type FirstAdmin } from '@secumon/infra/vault/users'
import { moment, tokenHash, vaultOf } from '@secumon/infra/vault/vault-database'
import { rm } from 'node:fs/promises'
import { systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import { givenMasterKeys } from '../master-keys.ts'
import type { DataDirectory } from './data-directory.ts'
import { ownSecret } from './own-secret.ts'
import type { Outcome } from './steps.ts'

/** As the roles are given them: base64, the old ones separated by commas. */
export type MasterKeyTexts = { readonly masterKey: string; readonly masterKeyOld: string }

/** The master keys that are configured, or the one of the data directory. */
export async function masterKeysOf(config: Config, directory: DataDirectory): Promise<MasterKeyTexts> {
  const given = await givenMasterKeys(config)
  const own = () => ownSecret(directory.at('master.key'), () => randomBytes(32).toString('base64'))
  return {
    masterKey: given ? given.current.toString('base64') : await own(),
    masterKeyOld: (given?.others ?? config.masterKeyOld).map((key) => key.toString('base64')).join(','),
  }
}

/** Makes user `admin` when there is no user yet. */
export async function firstAdmin(db: Database, config: Config): Promise<Outcome<FirstAdmin>> {
  const admin = await ensureFirstAdmin(db, { password: config.adminPassword, clock: systemClock })
  const line = admin.password === undefined ? 'users are there' : `first user ${admin.username} made`
  return { line, value: admin }
}

const YEAR_MS = 365 * 24 * 3_600_000

/** An enrolment token for agents of our own, kept in a file: they may need it again when their state is lost. */
export async function ownEnrolmentToken(
  db: Database,
  file: string,
  wanted: { readonly uses: number; readonly note: string },
): Promise<string> {
  const expiresAtMs = systemClock.nowMs() + YEAR_MS
  const make = () => createEnrolmentToken(db, { tenant: DEFAULT_TENANT, expiresAtMs, ...wanted }, systemClock)
  const token = await ownSecret(file, make)
  if (await isGood(db, token)) return token
  // Used up, expired, or of another database.
  await rm(file)
  return ownSecret(file, make)
}

async function isGood(db: Database, token: string): Promise<boolean> {
  const row = await vaultOf(db)
    .selectFrom('vault.enrolment_tokens')
    .select('uses_left')
    .where('hash', '=', tokenHash(token))
    .where('uses_left', '>', 0)
    .where('expires_at', '>', moment(systemClock.nowMs()))
    .executeTakeFirst()
  return row !== undefined
}
