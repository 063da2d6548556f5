// Users: found by name or e-mail, created, and the first admin of a fresh installation.

import { DEFAULT_TENANT } from '@secumon/contracts/subjects'
import type { Clock } from '@secumon/domain/clock'
import type { UserRole } from '@secumon/migrations/vault-tables'
import { sql } from 'kysely'
import { randomInt } from 'node:crypto'
import type { Database } from '../database/database.ts'
import { hashPassword } from './passwords.ts'
import { newUlid, vaultOf } from './vault-database.ts'

export type { UserRole }

/** A user as the rest of the system knows them: never the hash. */
export type User = {
  /** ULID. */
  readonly id: string
  readonly tenant: string
  readonly username: string
  readonly email: string | undefined
  readonly role: UserRole
}

export type UserWithHash = User & { readonly passwordHash: string }

export type NewUser = {
  readonly tenant: string
  readonly username: string
  readonly email?: string
  readonly password: string
  readonly role: UserRole
}

type UserRow = { id: string; tenant_id: string; username: string; email: string | null; role: UserRole }

export const USER_COLUMNS = ['u.id', 'u.tenant_id', 'u.username', 'u.email', 'u.role'] as const

/** The user of a row of `vault.users`. */
export const userOf = (row: UserRow): User => ({
  id: row.id,
  tenant: row.tenant_id,
  username: row.username,
  email: row.email ?? undefined,
  role: row.role,
})

/** The enabled user with this name, or this e-mail, in any case. */
export async function findUser(db: Database, login: string): Promise<UserWithHash | undefined> {
  const column = sql<string>`lower(${sql.ref(login.includes('@') ? 'u.email' : 'u.username')})`
  const row = await vaultOf(db)
    .selectFrom('vault.users as u')
    .select([...USER_COLUMNS, 'u.password_hash'])
    .where(column, '=', login.toLowerCase())
    .where('u.disabled', '=', false)
    .executeTakeFirst()
  return row && { ...userOf(row), passwordHash: row.password_hash }
}

/** Names of users by id; who is gone is not among them. */
export async function usernames(db: Database, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await vaultOf(db)
    .selectFrom('vault.users as u')
    .select(['u.id', 'u.username'])
    .where('u.id', 'in', [...new Set(ids)])
    .execute()
  return new Map(rows.map(({ id, username }) => [id, username]))
}

/** Creates a user; undefined when the name or e-mail is taken. @throws RangeError on a bad password */
export async function createUser(db: Database, user: NewUser, clock: Clock): Promise<User | undefined> {
  const passwordHash = await hashPassword(user.password)
  const row = await vaultOf(db)
    .insertInto('vault.users')
    .values({
      id: newUlid(clock.nowMs()),
      tenant_id: user.tenant,
      username: user.username,
      email: user.email?.toLowerCase() ?? null,
      password_hash: passwordHash,
      role: user.role,
      created_at: new Date(clock.nowMs()),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning(['id', 'tenant_id', 'username', 'email', 'role'])
    .executeTakeFirst()
  return row && userOf(row)
}

export type FirstAdmin = {
  readonly username: 'admin'
  /** Only when the user was made just now: it is told once and stored nowhere. */
  readonly password?: string
}

/** Makes user `admin` of the default tenant when there is no user yet, with the given or a random password. */
export async function ensureFirstAdmin(
  db: Database,
  options: { readonly password?: string | undefined; readonly clock: Clock },
): Promise<FirstAdmin> {
  const username = 'admin'
  const anybody = await vaultOf(db).selectFrom('vault.users').select('id').limit(1).executeTakeFirst()
  if (anybody) return { username }
  const password = options.password ?? randomPassword()
  const admin = { tenant: DEFAULT_TENANT, username, password, role: 'admin' } as const
  const made = await createUser(db, admin, options.clock)
  return made ? { username, password } : { username }
}

/** Stops every credential of the user, or lets them in again. */
export async function setDisabled(db: Database, userId: string, disabled: boolean): Promise<void> {
  await vaultOf(db).updateTable('vault.users').set({ disabled }).where('id', '=', userId).execute()
}

// 20 characters of 32: 100 bits, in groups that can be read out; nothing that looks like something else.
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
const randomPassword = (): string =>
  Array.from({ length: 4 }, () =>
    Array.from({ length: 5 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join(''),
  ).join('-')
