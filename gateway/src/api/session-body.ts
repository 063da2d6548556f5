// Who is logged in, as the pages need it.

import type { User } from '@secumon/infra/vault/users'
import type { z } from 'zod'
import type { SessionBody } from './schemas/auth.ts'
import { runsPlatform } from '../auth/principal.ts'
import { userBody } from './user-body.ts'

export const sessionBody = (user: User, version: string): z.infer<typeof SessionBody> => ({
  user: userBody(user),
  tenant: { id: user.tenant, name: user.tenant },
  runs_platform: runsPlatform(user),
  version,
})
