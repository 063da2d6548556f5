// A new password for a user, after which no login of before is good any more.

import type { Database } from '@secumon/infra/database/database'
import { hashPassword } from '@secumon/infra/vault/passwords'
import { vaultOf } from '@secumon/infra/vault/vault-database'

export async function resetPassword(db: Database, userId: string, password: string): Promise<void> {
  const passwordHash = await hashPassword(password)
  await vaultOf(db)
    .transaction()
    .execute(async (tx) => {
      await tx
        .updateTable('vault.users')
        .set({ password_hash: passwordHash })
        .where('id', '=', userId)
        .execute()
      await tx.deleteFrom('vault.sessions').where('user_id', '=', userId).execute()
      await tx.deleteFrom('vault.refresh_tokens').where('user_id', '=', userId).execute()
    })
}
