// ULIDs as callers send them, and the page of a list after its last row.

import { z } from '@hono/zod-openapi'
import { isUlid } from '@secumon/contracts/ids'
import { text } from './text.ts'

export const Ulid = z
  .string()
  .refine(isUlid, 'a ULID: 26 characters')
  .openapi({ description: 'ULID.', example: '01JD3V7T9PZ8Q6X5W4R3S2T1N0' })

/** The parameter of routes that are about one thing. */
export const ById = z.object({ id: Ulid.openapi({ param: { name: 'id', in: 'path' } }) })

/** A list goes on after `next` of the page before. */
export const Paging = {
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: text(200).optional().openapi({ description: '`next` of the page before; absent: the first page.' }),
}

export const Next = z
  .string()
  .nullable()
  .openapi({ description: 'Ask with `after` set to it for what follows; null: nothing does.' })

/** Which of two things: the tenant's own, or the whole platform's. Ids that the product brings along are the same. */
export const OfPlatform = z.object({
  platform: z.enum(['true', 'false']).default('false').openapi({
    description: 'true: the whole platform’s, not the tenant’s own. Only for who runs the platform.',
  }),
})

export type PlatformQuery = z.output<typeof OfPlatform>

/** Of the deletion of what others may name. */
export const Deletion = OfPlatform.extend({
  force: z.enum(['true', 'false']).default('false').openapi({
    description: 'true: also where others name it. Without, that is answered with 409; `detail` names them.',
  }),
})

export type DeletionQuery = z.output<typeof Deletion>

/** Refused with 409 when the thing has another version by now. */
export const ExpectedVersion = z
  .int()
  .min(1)
  .optional()
  .openapi({ description: 'The version that was edited; another one by now is answered with 409.' })

/** Whoever does not know whether a request arrived may send it again with the same key. */
export const IdempotencyKey = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[!-~]{1,200}$/, '1 to 200 visible ASCII characters')
    .optional()
    .openapi({
      description:
        'The same request with the same key has its effect once, whoever of the tenant sends it, and is answered with what became of it; another ' +
        'request with it is refused with 422. A key is for ever: take a new one for each thing, a UUID for example.',
      example: '0193f2c4-7d1e-7a52-9c1b-2f0d6c1f6a10',
    }),
})

/** Milliseconds since 1970 UTC, up to the year 2100. */
export const Moment = z.int().min(0).max(Date.UTC(2100)).openapi({ example: 1_790_000_000_000 })

/** Milliseconds since 1970 UTC in a query; negative: relative to now. */
export const QueryMoment = z.coerce
  .number()
  .int()
  .min(-Date.UTC(2100))
  .max(Date.UTC(2100))
  .openapi({ description: 'Milliseconds since 1970 UTC; negative: relative to now.' })

/** Up to 400 days. */
export const Duration = z
  .int()
  .min(0)
  .max(400 * 24 * 3_600_000)
  .openapi({ description: 'Milliseconds.' })
