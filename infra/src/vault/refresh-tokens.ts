// Refresh tokens: 30 days, stored as hashes, rotated. A token dies only when its successor is first used; showing a
// dead one revokes every token of that login, for then two parties hold it.

import type { Clock } from '@secumon/domain/clock'
import type { Database } from '../database/database.ts'
import { USER_COLUMNS, userOf, type User } from './users.ts'
import { moment, newToken, newUlid, tokenHash, vaultOf, type Vault } from './vault-database.ts'

export const REFRESH_TOKEN_MS = 30 * 24 * 3600 * 1000
// A script that never takes the successor makes one more each time: only the newest are kept.
const MAX_UNUSED_SUCCESSORS = 16

/** A login: its refresh token, and the family that all its successors belong to. */
export type Grant = { readonly refreshToken: string; readonly family: string }

/** Begins a family: the user has just logged in. */
export async function startFamily(db: Database, userId: string, clock: Clock): Promise<Grant> {
  const nowMs = clock.nowMs()
  const family = newUlid(nowMs)
  return { family, refreshToken: await issue(vaultOf(db), { family, userId, parent: null, nowMs }) }
}

/**
 * Exchanges a refresh token for its successor; undefined when it is unknown, expired or revoked, its user is
 * disabled, or it was dead, which revokes the family.
 */
export async function rotate(
  db: Database,
  refreshToken: string,
  clock: Clock,
): Promise<(Grant & { readonly user: User }) | undefined> {
  return vaultOf(db)
    .transaction()
    .execute(async (tx) => {
      const nowMs = clock.nowMs()
      const token = await lockFamilyOf(tx, tokenHash(refreshToken))
      if (!token || token.disabled || token.expires_at <= nowMs) return undefined
      if (token.dead) {
        await dropFamily(tx, token.family)
        return undefined
      }
      if (!token.used) await firstUse(tx, token)
      await dropOldSuccessors(tx, token.hash)
      const { family, user_id: userId, hash: parent } = token
      return { family, refreshToken: await issue(tx, { family, userId, parent, nowMs }), user: userOf(token) }
    })
}

/** Ends a login: none of its tokens is good any more. */
export async function revokeFamily(db: Database, family: string): Promise<void> {
  await vaultOf(db)
    .transaction()
    .execute(async (tx) => {
      // An exchange under way may add a token that a statement begun before it does not see.
      await lockFamily(tx, family)
      await dropFamily(tx, family)
    })
}

/** Ends the login that this refresh token belongs to. */
export async function revokeFamilyOfToken(db: Database, refreshToken: string): Promise<void> {
  const family = await familyOf(vaultOf(db), tokenHash(refreshToken))
  if (family !== undefined) await revokeFamily(db, family)
}

/** Forgets what has expired. */
export async function deleteExpiredRefreshTokens(db: Database, nowMs: number): Promise<void> {
  await vaultOf(db).deleteFrom('vault.refresh_tokens').where('expires_at', '<=', moment(nowMs)).execute()
}

/** The enabled user of a login that has not been ended. */
export async function userOfFamily(
  db: Database,
  { userId, family }: { readonly userId: string; readonly family: string },
): Promise<User | undefined> {
  const row = await vaultOf(db)
    .selectFrom('vault.users as u')
    .select(USER_COLUMNS)
    .where('u.id', '=', userId)
    .where('u.disabled', '=', false)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('vault.refresh_tokens as r')
          .select('r.family')
          .where('r.family', '=', family)
          .whereRef('r.user_id', '=', 'u.id'),
      ),
    )
    .executeTakeFirst()
  return row && userOf(row)
}

const dropFamily = (vault: Vault, family: string) =>
  vault.deleteFrom('vault.refresh_tokens').where('family', '=', family).execute()

async function familyOf(vault: Vault, hash: Buffer): Promise<string | undefined> {
  const row = await vault
    .selectFrom('vault.refresh_tokens as r')
    .select('r.family')
    .where('r.hash', '=', hash)
    .executeTakeFirst()
  return row?.family
}

const lockFamily = (vault: Vault, family: string) =>
  vault
    .selectFrom('vault.refresh_tokens as r')
    .select('r.hash')
    .where('r.family', '=', family)
    .orderBy('r.hash')
    .forUpdate()
    .execute()

// Two exchanges of one family take turns, or both would see themselves first.
async function lockFamilyOf(vault: Vault, hash: Buffer) {
  const family = await familyOf(vault, hash)
  if (family === undefined) return undefined
  await lockFamily(vault, family)
  return vault
    .selectFrom('vault.refresh_tokens as r')
    .innerJoin('vault.users as u', 'u.id', 'r.user_id')
    .select([...USER_COLUMNS, 'u.disabled'])
    .select(['r.hash', 'r.family', 'r.user_id', 'r.parent', 'r.used', 'r.dead', 'r.expires_at'])
    .where('r.hash', '=', hash)
    .executeTakeFirst()
}

// From now on its parent is dead, and with it the other successors of that parent.
async function firstUse(vault: Vault, token: { hash: Buffer; parent: Buffer | null }): Promise<void> {
  await vault.updateTable('vault.refresh_tokens').set({ used: true }).where('hash', '=', token.hash).execute()
  const { parent } = token
  if (!parent) return
  await vault
    .updateTable('vault.refresh_tokens')
    .set({ dead: true })
    .where('hash', '!=', token.hash)
    .where((eb) => eb.or([eb('hash', '=', parent), eb('parent', '=', parent)]))
    .execute()
}

const dropOldSuccessors = (vault: Vault, parent: Buffer) =>
  vault
    .deleteFrom('vault.refresh_tokens')
    .where('hash', 'in', (eb) =>
      eb
        .selectFrom('vault.refresh_tokens as r')
        .select('r.hash')
        .where('r.parent', '=', parent)
        .orderBy('r.created_at', 'desc')
        .offset(MAX_UNUSED_SUCCESSORS - 1),
    )
    .execute()

type NewRefreshToken = { family: string; userId: string; parent: Buffer | null; nowMs: number }

async function issue(vault: Vault, token: NewRefreshToken): Promise<string> {
  const text = newToken('refresh')
  await vault
    .insertInto('vault.refresh_tokens')
    .values({
      hash: tokenHash(text),
      family: token.family,
      user_id: token.userId,
      parent: token.parent,
      created_at: new Date(token.nowMs),
      expires_at: new Date(token.nowMs + REFRESH_TOKEN_MS),
    })
    .execute()
  return text
}
