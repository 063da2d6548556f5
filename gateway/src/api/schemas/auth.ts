// Login, tokens and sessions, in the shapes existing scripts use.

import { z } from '@hono/zod-openapi'
import { text } from './text.ts'

export const Role = z.enum(['superadmin', 'admin', 'user', 'readonly']).openapi('Role')

export const UserBody = z
  .object({ id: z.string(), username: z.string(), role: Role, tenant_id: z.string() })
  .openapi('User')

export const LoginBody = z
  .object({
    username: text(320).min(1).openapi({ description: 'User name or e-mail.' }),
    password: z.string().min(1).max(1024),
    otp: z.string().max(16).optional(),
  })
  .openapi('Login')

export const TokensBody = z
  .object({
    token: z.string(),
    refresh_token: z.string(),
    expires_at: z.string().openapi({ description: 'RFC 3339.' }),
    user: UserBody,
  })
  .openapi('Tokens')

export const RefreshBody = z.object({ refresh_token: z.string().min(1).max(512) }).openapi('Refresh')

export const RefreshedBody = z
  .object({ token: z.string(), expires_at: z.string(), refresh_token: z.string() })
  .openapi('Refreshed')

export const SessionBody = z
  .object({
    user: UserBody,
    tenant: z.object({ id: z.string(), name: z.string() }),
    runs_platform: z.boolean().openapi({ description: 'Sees what concerns all tenants together.' }),
    version: z.string(),
  })
  .openapi('Session')

export const LoggedOutBody = z.object({ logged_out: z.literal(true) }).openapi('LoggedOut')
