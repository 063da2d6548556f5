// What an administrator does with keys, as one act: carried out in the vault, then told on EVENTS.

import type { Actor } from '@secumon/contracts/gen/envelope'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import type { Clock } from '@secumon/domain/clock'
import type { EventStore } from '@secumon/domain/event-store'
import { keyring, keyringOf, type KeyringCommand } from '@secumon/domain/keyring'
import type { Database } from '@secumon/infra/database/database'
import { handle } from '@secumon/infra/eventlog/handle'
import {
  forgetDataKeys,
  forgetOldRows,
  listDataKeys,
  rewrapAll,
  rotateDataKey,
  shredDataKeys,
  type Rewrapped,
} from '@secumon/infra/vault/key-acts'
import type { MasterKeys } from '@secumon/infra/vault/master-keys'
import { newUlid } from '@secumon/infra/vault/vault-database'

export type Keyring = {
  readonly db: Database
  readonly store: EventStore
  readonly clock: Clock
}

/** Gives the tenant a new key to write with; returns its id. */
export async function rotate(keys: Keyring, masterKeys: MasterKeys, tenant: string): Promise<string> {
  const keyId = await rotateDataKey(keys.db, masterKeys, { tenant, nowMs: keys.clock.nowMs() })
  await tell(keys, tenant, { kind: 'RotateDataKey', keyId })
  return keyId
}

/** Wraps everything with the current master key. @throws SecretSealed when an older one is missing */
export async function rotateMaster(keys: Keyring, masterKeys: MasterKeys): Promise<Rewrapped> {
  const done = await rewrapAll(keys.db, masterKeys)
  await tell(keys, SYSTEM_TENANT, { kind: 'RotateMasterKey', masterKeyId: masterKeys.currentId })
  return done
}

/** Destroys all keys of the tenant; returns how many there were. Done again, it tells what was not told before. */
export async function shred(keys: Keyring, tenant: string): Promise<number> {
  const destroyed = await shredDataKeys(keys.db, { tenant, nowMs: keys.clock.nowMs() })
  await tell(keys, tenant, { kind: 'ShredTenant', keyIds: await goneKeys(keys.db, tenant) })
  await forgetOldRows(keys.db)
  return destroyed.length
}

/** Puts keys that the vault has lost beside those that were shredded; `tellForgotten` comes next. */
export const forget = ({ db, clock }: Omit<Keyring, 'store'>, tenant: string, keyIds: readonly string[]) =>
  forgetDataKeys(db, { tenant, nowMs: clock.nowMs() }, keyIds)

/** Tells which keys of the tenant are gone, as far as nobody has yet. */
export async function tellForgotten(keys: Keyring, tenant: string): Promise<void> {
  await tell(keys, tenant, { kind: 'ForgetDataKeys', keyIds: await goneKeys(keys.db, tenant) })
}

const goneKeys = async (db: Database, tenant: string): Promise<string[]> =>
  (await listDataKeys(db))
    .filter((key) => key.tenant === tenant && key.state === 'shredded')
    .map((key) => key.keyId)

const actor: Actor = {
  $typeName: 'secumon.v1.Actor',
  actor: { case: 'platform', value: 'command line' },
}

const tell = ({ store, clock }: Keyring, tenant: string, command: KeyringCommand) =>
  handle(store, keyring, {
    aggregate: keyringOf(tenant),
    command,
    commandId: newUlid(clock.nowMs()),
    actor,
    clock,
  })
