// Browser sessions. The table holds the SHA-256 of each session id; the id itself is only in the cookie.

import type { Kysely } from 'kysely'
import { USER_COLUMNS, userOf, type User } from './users.ts'
import { tokenHash, vaultOf } from './vault-database.ts'

export type StoredSession = { readonly userId: string; readonly expiresAt: Date }

export async function insertSession(
  db: Kysely<unknown>,
  sessionId: string,
  session: StoredSession & { readonly createdAt: Date },
): Promise<void> {
  await vaultOf(db)
    .insertInto('vault.sessions')
    .values({
      id_hash: tokenHash(sessionId),
      user_id: session.userId,
      created_at: session.createdAt,
      expires_at: session.expiresAt,
    })
    .execute()
}

/** The session of this id with its user, when the user is not disabled. */
export async function findSession(
  db: Kysely<unknown>,
  sessionId: string,
): Promise<(StoredSession & { readonly user: User }) | undefined> {
  const row = await vaultOf(db)
    .selectFrom('vault.sessions as s')
    .innerJoin('vault.users as u', 'u.id', 's.user_id')
    .select([...USER_COLUMNS, 's.expires_at'])
    .where('s.id_hash', '=', tokenHash(sessionId))
    .where('u.disabled', '=', false)
    .executeTakeFirst()
  return row && { userId: row.id, expiresAt: row.expires_at, user: userOf(row) }
}

export const sessionsOfUser = (db: Kysely<unknown>, userId: string) =>
  vaultOf(db)
    .selectFrom('vault.sessions')
    .select(['id_hash', 'expires_at'])
    .where('user_id', '=', userId)
    .execute()

export async function extendSession(db: Kysely<unknown>, sessionId: string, expiresAt: Date): Promise<void> {
  await vaultOf(db)
    .updateTable('vault.sessions')
    .set({ expires_at: expiresAt })
    .where('id_hash', '=', tokenHash(sessionId))
    .execute()
}

export async function deleteSession(db: Kysely<unknown>, sessionId: string): Promise<void> {
  await vaultOf(db).deleteFrom('vault.sessions').where('id_hash', '=', tokenHash(sessionId)).execute()
}

export async function deleteSessionsOfUser(db: Kysely<unknown>, userId: string): Promise<void> {
  await vaultOf(db).deleteFrom('vault.sessions').where('user_id', '=', userId).execute()
}

export async function deleteExpiredSessions(db: Kysely<unknown>, now: Date): Promise<void> {
  await vaultOf(db).deleteFrom('vault.sessions').where('expires_at', '<=', now).execute()
}
