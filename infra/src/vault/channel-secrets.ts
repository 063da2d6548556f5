// What channels authenticate themselves with, sealed under their tenant's data key: who shreds the tenant's keys shreds
// them too. Each setting has a version, which the channel's event then names, so that a message is sent with the secrets that
// belong to the settings it was made with.

import type { Clock } from '@secumon/domain/clock'
import { sql } from 'kysely'
import { randomBytes } from 'node:crypto'
import type { ArchiveKeys } from '../archive/archive.ts'
import type { Database } from '../database/database.ts'
import { decrypt, encrypt } from './envelope-cipher.ts'
import { SecretSealed } from './master-keys.ts'
import { durably, vaultOf, type VaultTx } from './vault-database.ts'

const NONCE_BYTES = 12

export type ChannelPlace = {
  readonly tenant: string
  /** ULID. */
  readonly channel: string
}

export type ChannelSecretsPlace = ChannelPlace & {
  /** What the channel's event names as `secret_version`, from 1. */
  readonly version: number
}

export type SecretValues = Readonly<Record<string, string>>

export type ChannelSecretsOptions = {
  readonly db: Database
  readonly keys: ArchiveKeys
  readonly clock: Clock
}

export type ChannelSecrets = {
  /**
   * Keeps them all under a new version, higher than any before, and returns it. The event that names it comes after:
   * a version that no event names is nothing that was promised.
   */
  put(place: ChannelPlace, secrets: SecretValues): Promise<number>
  /** Undefined when there are none, or the tenant's keys were shredded. @throws SecretSealed, KeysUnavailable */
  get(place: ChannelSecretsPlace): Promise<SecretValues | undefined>
  /** Which are set, by name; the values are told to nobody who asks for this. */
  names(place: ChannelSecretsPlace): Promise<string[]>
  /** Removes the versions below one: nothing is sent with them any more. */
  forget(place: ChannelSecretsPlace): Promise<void>
  /** Removes all of a deleted channel's. */
  remove(place: ChannelPlace): Promise<void>
}

export const channelSecrets = (options: ChannelSecretsOptions): ChannelSecrets => ({
  put: (place, secrets) => put(options, place, secrets),
  get: (place) => get(options, place),
  names: async (place) => (await rowOf(options.db, place))?.names.toSorted() ?? [],
  forget: ({ version, ...place }) => removeWhere(options.db, place, version),
  remove: (place) => removeWhere(options.db, place),
})

async function put(
  { db, keys, clock }: ChannelSecretsOptions,
  place: ChannelPlace,
  secrets: SecretValues,
): Promise<number> {
  const dataKey = await keys.current(place.tenant)
  return durably(db, async (tx) => {
    const version = await nextVersion(tx, place)
    const { id, key } = dataKey
    await tx
      .insertInto('vault.channel_secrets')
      .values({
        tenant_id: place.tenant,
        channel_id: place.channel,
        version,
        names: Object.keys(secrets),
        key_id: id,
        sealed: sealedAs(placeOf({ ...place, version }), Buffer.from(JSON.stringify(secrets)), key),
        created_at: new Date(clock.nowMs()),
      })
      .execute()
    return version
  })
}

// Others who set the same channel's secrets wait for us: a row that is not there yet cannot be locked.
async function nextVersion(tx: VaultTx, { tenant, channel }: ChannelPlace): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`channel secrets ${tenant} ${channel}`}, 0))`.execute(
    tx,
  )
  const row = await tx
    .selectFrom('vault.channel_secrets')
    .select(({ fn }) => fn.max('version').as('newest'))
    .where('tenant_id', '=', tenant)
    .where('channel_id', '=', channel)
    .executeTakeFirst()
  return (row?.newest ?? 0) + 1
}

async function get(
  { db, keys }: ChannelSecretsOptions,
  place: ChannelSecretsPlace,
): Promise<SecretValues | undefined> {
  const row = await rowOf(db, place)
  const key = row && (await keys.find(place.tenant, row.key_id))
  if (!row || !key) return undefined
  return JSON.parse(openedAs(placeOf(place), row.sealed, key)) as SecretValues
}

const rowOf = (db: Database, { tenant, channel, version }: ChannelSecretsPlace) =>
  vaultOf(db)
    .selectFrom('vault.channel_secrets')
    .select(['names', 'key_id', 'sealed'])
    .where('tenant_id', '=', tenant)
    .where('channel_id', '=', channel)
    .where('version', '=', version)
    .executeTakeFirst()

async function removeWhere(db: Database, { tenant, channel }: ChannelPlace, below?: number): Promise<void> {
  const all = vaultOf(db)
    .deleteFrom('vault.channel_secrets')
    .where('tenant_id', '=', tenant)
    .where('channel_id', '=', channel)
  await (below === undefined ? all : all.where('version', '<', below)).execute()
}

// In the row of another channel or version it does not open.
const placeOf = ({ tenant, channel, version }: ChannelSecretsPlace): Buffer =>
  Buffer.from(['secumon-channel-secrets-v1', tenant, channel, String(version)].join('\0'))

function sealedAs(place: Buffer, content: Buffer, key: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  return Buffer.concat([nonce, encrypt(place, content, { key, nonce })])
}

function openedAs(place: Buffer, sealed: Buffer, key: Uint8Array): string {
  const [nonce, ciphertext] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)]
  try {
    return Buffer.from(decrypt(place, { nonce, ciphertext }, key)).toString()
  } catch (cause) {
    throw new SecretSealed('the secrets of a channel do not open: their row was changed', { cause })
  }
}
