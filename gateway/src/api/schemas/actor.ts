// Who caused an event.

import { z } from '@hono/zod-openapi'

export const ActorBody = z
  .object({
    kind: z.enum(['user', 'agent', 'platform']),
    id: z.string().openapi({ description: 'ULID of the user or agent; the role of the platform.' }),
    name: z.string().nullable().default(null).openapi({ description: 'Of the user, while there is one.' }),
  })
  .openapi('Actor')
