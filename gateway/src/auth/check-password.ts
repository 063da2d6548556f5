// The one place where a password is checked: limited, in constant work, with one answer for every kind of wrong.

import type { Database } from '@secumon/infra/database/database'
import { verifyPassword } from '@secumon/infra/vault/passwords'
import { findUser, type User } from '@secumon/infra/vault/users'
import { Failure } from '../api/failures.ts'
import type { LoginLimits } from './login-limits.ts'

export type Login = { readonly username: string; readonly password: string }

export type CheckPasswordDeps = { readonly db: Database; readonly loginLimits: LoginLimits }

/**
 * The user of a name or e-mail and password.
 * @throws Failure 401 when they are wrong
 * @throws TooManyAttempts
 */
export async function checkPassword(
  { db, loginLimits }: CheckPasswordDeps,
  { username, password }: Login,
  address: string,
): Promise<User> {
  const attempt = { name: username, address }
  await loginLimits.count(attempt)
  const found = await findUser(db, username)
  const right = await verifyPassword(password, found?.passwordHash)
  if (!found || !right) throw new Failure(401, 'wrong user name or password')
  await loginLimits.succeeded(attempt)
  const { passwordHash: _hash, ...user } = found
  return user
}
