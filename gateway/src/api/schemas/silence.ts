// Silences: alerts that are told to nobody until a moment. Times are milliseconds since 1970 UTC.

import { z } from '@hono/zod-openapi'
import { ActorBody } from './actor.ts'
import { AlertRow } from './alert.ts'
import { Moment, Next, Paging, Ulid } from './id.ts'
import { Matchers } from './matcher.ts'
import { lines, text } from './text.ts'

export const SilenceState = z.enum(['active', 'planned', 'ended']).openapi('SilenceState')

export const SilenceRow = z
  .object({
    id: Ulid,
    state: SilenceState,
    platform: z.boolean(),
    matchers: Matchers,
    reason: z.string(),
    starts_at: z.int(),
    expires_at: z.int(),
    ended_at: z.int().nullable().openapi({ description: 'Before its time.' }),
    created_at: z.int(),
    created_by: ActorBody.nullable(),
    ended_by: ActorBody.nullable(),
    version: z.int(),
  })
  .openapi('Silence')

export const SilenceQuery = z.object({
  state: text(60).optional().openapi({ description: 'Comma-separated states.' }),
  ...Paging,
})

export const SilencesBody = z
  .object({ total: z.int(), silences: z.array(SilenceRow), next: Next })
  .openapi('Silences')

export const SilenceBody = z.object({ silence: SilenceRow }).openapi('SilenceDetail')

export const SilenceCreate = z
  .strictObject({
    matchers: Matchers.min(1),
    reason: lines(2_000).default(''),
    starts_at: Moment.nullable().default(null).openapi({ description: 'null: now.' }),
    expires_at: Moment,
  })
  .openapi('SilenceCreate')

export const SilenceExtend = z.strictObject({ expires_at: Moment }).openapi('SilenceExtend')

export const MutedNowRequest = z.strictObject({ matchers: Matchers.min(1) }).openapi('MutedNowRequest')

export const MutedNowBody = z
  .object({
    total: z.int().openapi({ description: 'Alerts, pending or firing, that match now.' }),
    looked_at: z.int(),
    alerts: z.array(AlertRow).openapi({ description: 'The worst 100.' }),
  })
  .openapi('MutedNow')
