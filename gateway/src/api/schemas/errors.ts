// The one shape of every error the API answers with.

import { z } from '@hono/zod-openapi'

export const ErrorBody = z
  .object({
    error: z.string().openapi({ example: 'invalid or expired token' }),
    code: z.int().openapi({ description: 'The HTTP status.', example: 401 }),
    detail: z
      .string()
      .optional()
      .openapi({ description: 'What to do about it, where there is more to say.' }),
    retry_after_ms: z.int().optional(),
  })
  .openapi('Error')
