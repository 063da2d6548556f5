// Channels: the ways to people. Their secrets are written and never read.

import { z } from '@hono/zod-openapi'
import { ActorBody } from './actor.ts'
import { ExpectedVersion, Next, Paging, Ulid } from './id.ts'
import { lines, text } from './text.ts'

export const ChannelSpecBody = z
  .strictObject({
    name: text(200).trim().min(1),
    kind: text(40).min(1).openapi({ example: 'webhook' }),
    settings: z
      .record(text(100).min(1), lines(4_000))
      .default({})
      .openapi({ description: 'What is not secret; see GET /api/v1/channel-kinds.' }),
    language: z.enum(['en', 'fr']).default('en'),
    title_template: lines(1_000).default('').openapi({ description: 'Empty: the channel’s own.' }),
    text_template: lines(8_000).default('').openapi({ description: 'Empty: the channel’s own.' }),
    rate_per_minute: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .openapi({ description: 'Messages at most; 0: the channel’s own limit.' }),
    time_zone: text(60)
      .min(1)
      .default('UTC')
      .openapi({ description: 'IANA name of the zone that times are told in.', example: 'Europe/Paris' }),
  })
  .openapi('ChannelSpec')

export const ChannelSecrets = z.record(text(100).min(1), z.string().max(8_000)).openapi('ChannelSecrets', {
  description:
    'Written, never read. A secret that is not named stays as it is, unless what says where it goes changes (see ' +
    '`destination` of GET /api/v1/channel-kinds): then it has to be named again. An empty one is removed.',
})

export const ChannelRow = z
  .object({
    id: Ulid,
    platform: z.boolean(),
    spec: ChannelSpecBody,
    secrets: z.array(z.string()).openapi({ description: 'Names of the secrets that are set.' }),
    secret_version: z.int(),
    version: z.int(),
    created_at: z.int(),
    changed_at: z.int(),
    changed_by: ActorBody.nullable(),
    last: z
      .object({
        at: z.int(),
        state: z.enum(['due', 'sending', 'waiting', 'delivered', 'dead']),
        answer: z.string().nullable(),
        reason: z.string().nullable(),
      })
      .nullable()
      .openapi({ description: 'The last message by this way.' }),
    dead: z.int().openapi({ description: 'Its dead letters.' }),
  })
  .openapi('Channel')

export const ChannelQuery = z.object({ ...Paging })

export const ChannelsBody = z
  .object({ total: z.int(), channels: z.array(ChannelRow), next: Next })
  .openapi('Channels')

export const ChannelBody = z.object({ channel: ChannelRow }).openapi('ChannelDetail')

export const ChannelCreate = z
  .strictObject({ spec: ChannelSpecBody, secrets: ChannelSecrets.default({}) })
  .openapi('ChannelCreate')

export const ChannelChange = z
  .strictObject({ spec: ChannelSpecBody, secrets: ChannelSecrets.default({}), version: ExpectedVersion })
  .openapi('ChannelChange')

export const ChannelTestBody = z
  .object({
    outcome: z.enum(['delivered', 'retry', 'refused']),
    answer: z.string().nullable().openapi({ description: 'What the service said.' }),
    reason: z.string().nullable(),
    took_ms: z.int(),
  })
  .openapi('ChannelTest', { description: 'The true answer of the service to a test message.' })

export const ChannelPreviewRequest = z
  .strictObject({
    spec: ChannelSpecBody,
    alert: Ulid.nullable()
      .default(null)
      .openapi({ description: 'A past alert of this tenant; null: the newest one, or an example.' }),
    kind: z.enum(['firing', 'acknowledged', 'resolved']).default('firing'),
  })
  .openapi('ChannelPreviewRequest')

export const ChannelPreviewBody = z
  .object({
    title: z.string(),
    text: z.string(),
    content: z
      .record(z.string(), z.unknown())
      .openapi({ description: 'What the service would be told, without secrets.' }),
    alert: z.string().nullable().openapi({ description: 'Of which it tells; null: an example.' }),
  })
  .openapi('ChannelPreview')

const FieldBody = z
  .object({
    name: z.string(),
    required: z.boolean(),
    about: z.object({ en: z.string(), fr: z.string() }),
    choices: z
      .array(z.string())
      .optional()
      .openapi({ description: 'What it may be, where it is one of few.' }),
    default: z.string().optional(),
    lines: z.boolean().openapi({ description: 'It may have several lines.' }),
  })
  .openapi('ChannelField')

export const ChannelKindBody = z
  .object({
    kind: z.string(),
    settings: z.array(FieldBody),
    secrets: z.array(FieldBody).openapi({ description: 'Written, never read.' }),
    destination: z.array(z.string()).openapi({
      description:
        'Settings and secrets that say where it goes: with a change of one, all secrets are given again.',
    }),
    per_minute: z.number().openapi({ description: 'Messages, where the channel sets no limit.' }),
  })
  .openapi('ChannelKind')
