// How a host becomes an agent.

import { z } from '@hono/zod-openapi'
import { text } from './text.ts'

export const EnrolBody = z
  .object({
    token: z.string().min(20).max(200),
    public_key: z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}=?$/, '32 bytes in base64')
      .openapi({ description: 'Ed25519, base64, 32 bytes.' }),
    name: text(253).trim().min(1),
    tags: z.array(z.string().max(64)).max(50).default([]),
    simulated: z.boolean().default(false),
  })
  .openapi('Enrol')

export const EnrolledBody = z
  .object({
    tenant: z.string(),
    agent: z.string(),
    ingest_url: z.string(),
    config_public_key: z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}=?$/, '32 bytes in base64')
      .openapi({ description: 'Ed25519, base64: pinned by the agent.' }),
    epochs: z.array(
      z.object({
        lane: z.enum(['telemetry', 'logs']),
        epoch: z.int(),
        epoch_started: z.string().openapi({ description: 'Serialized EpochStarted, base64.' }),
      }),
    ),
  })
  .openapi('Enrolled')
