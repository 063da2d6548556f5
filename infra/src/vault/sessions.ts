// Browser sessions. The table holds the SHA-256 of each session id; the id itself is only in the cookie.

import type { Database } from '../database/database.ts'
import { USER_COLUMNS, userOf, type User } from './users.ts'
import { moment, tokenHash, vaultOf } from './vault-database.ts'

export type StoredSession = { readonly userId: string; readonly expiresAtMs: number }

export async function insertSession(
  db: Database,
  sessionId: string,
  session: StoredSession & { readonly createdAtMs: number },
): Promise<void> {
  await vaultOf(db)
    .insertInto('vault.sessions')
    .values({
      id_hash: tokenHash(sessionId),
      user_id: session.userId,
      created_at: new Date(session.createdAtMs),
      expires_at: new Date(session.expiresAtMs),
    })
    .execute()
}

/** The session of this id with its user, when the user is not disabled. */
export async function findSession(
  db: Database,
  sessionId: string,
): Promise<(StoredSession & { readonly user: User }) | undefined> {
  const row = await vaultOf(db)
    .selectFrom('vault.sessions as s')
    .innerJoin('vault.users as u', 'u.id', 's.user_id')
    .select([...USER_COLUMNS, 's.expires_at'])
    .where('s.id_hash', '=', tokenHash(sessionId))
    .where('u.disabled', '=', false)
    .executeTakeFirst()
  return row && { userId: row.id, expiresAtMs: row.expires_at, user: userOf(row) }
}

export const sessionsOfUser = (db: Database, userId: string) =>
  vaultOf(db)
    .selectFrom('vault.sessions')
    .select(['id_hash', 'expires_at'])
    .where('user_id', '=', userId)
    .execute()

export async function extendSession(db: Database, sessionId: string, expiresAtMs: number): Promise<void> {
  await vaultOf(db)
    .updateTable('vault.sessions')
    .set({ expires_at: new Date(expiresAtMs) })
    .where('id_hash', '=', tokenHash(sessionId))
    .execute()
}

export async function deleteSession(db: Database, sessionId: string): Promise<void> {
  await vaultOf(db).deleteFrom('vault.sessions').where('id_hash', '=', tokenHash(sessionId)).execute()
}

export async function deleteSessionsOfUser(db: Database, userId: string): Promise<void> {
  await vaultOf(db).deleteFrom('vault.sessions').where('user_id', '=', userId).execute()
}

export async function deleteExpiredSessions(db: Database, nowMs: number): Promise<void> {
  await vaultOf(db).deleteFrom('vault.sessions').where('expires_at', '<=', moment(nowMs)).execute()
}
