// A user as the API shows them.

import type { User } from '@secumon/infra/vault/users'
import type { z } from 'zod'
import type { UserBody } from './schemas/auth.ts'

export const userBody = ({ id, username, role, tenant }: User): z.infer<typeof UserBody> => ({
  id,
  username,
  role,
  tenant_id: tenant,
})
