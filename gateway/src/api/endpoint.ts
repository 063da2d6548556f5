// One endpoint = one route description and one handler, which the type checker holds to the description.

import { createRoute, type OpenAPIRoute, type RouteConfig } from '@hono/zod-openapi'
import type { HttpBindings } from '@hono/node-server'
import type { Logger } from 'pino'
import type { z } from 'zod'
import type { Principal } from '../auth/principal.ts'
import type { ClientAddress } from '../auth/client-address.ts'
import type { OpenSession } from '../auth/sessions.ts'
import type { Once } from './once.ts'
import { AcceptedBody } from './schemas/agent.ts'
import { ErrorBody } from './schemas/errors.ts'
import { IdempotencyKey } from './schemas/id.ts'

export type ApiEnv = {
  /** Absent when a test calls `app.request` without a socket. */
  Bindings: Partial<HttpBindings>
  Variables: {
    requestId: string
    logger: Logger
    client: ClientAddress
    /** Who asks; on routes that need no login, do not read it. */
    principal: Principal
    session: OpenSession | undefined
    /** Of a POST with an Idempotency-Key. */
    once: Once | undefined
  }
}

/** Binds a handler to its route. */
export const endpoint = <R extends RouteConfig>(
  route: R,
  handler: OpenAPIRoute<R, ApiEnv>['handler'],
): OpenAPIRoute<R, ApiEnv, true> => ({ route, handler, addRoute: true })

export { createRoute }

/** A JSON answer. */
export const answer = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

/** A JSON request body, which must be there. */
export const jsonBody = <S extends z.ZodType>(schema: S) => ({
  body: { required: true, content: { 'application/json': { schema } } },
})

const error = (description: string) => answer(ErrorBody, description)

/** Errors any endpoint may answer with. */
export const COMMON_ERRORS = {
  400: error('The request is malformed; `detail` says which field and what to do.'),
  500: error('A fault of ours; `detail` has the number to find it by.'),
} as const

/** And any endpoint that needs a login. */
export const SIGNED_IN_ERRORS = { ...COMMON_ERRORS, 401: error('Not logged in, or no longer.') } as const

export const NOT_FOUND = { 404: error('No such thing in this tenant.') } as const
export const FORBIDDEN = { 403: error('Your role does not allow it.') } as const
export const TOO_MANY = { 429: error('Too many attempts; wait for `retry_after_ms`.') } as const
export const UNAUTHORIZED = { 401: error('The credentials are not good.') } as const
export const UNAVAILABLE = { 503: error('Nothing was changed; try again after `retry_after_ms`.') } as const

/** For the `security` of routes that need a login: either will do. */
export const SIGNED_IN: Record<string, string[]>[] = [{ bearer: [] }, { session: [] }]
export const CONFLICT = {
  409: error('Somebody changed it meanwhile, or it is in a state that does not allow this.'),
} as const

/** Errors of what changes something that is there. */
export const CHANGE_ERRORS = {
  ...SIGNED_IN_ERRORS,
  ...FORBIDDEN,
  ...NOT_FOUND,
  ...CONFLICT,
  ...UNAVAILABLE,
} as const

/** For routes that take an Idempotency-Key. */
export const KEYED = { headers: IdempotencyKey }
export const KEY_REUSED = {
  422: error('The Idempotency-Key was used for another request.'),
} as const

/** Errors of what makes something new. */
export const CREATE_ERRORS = {
  ...SIGNED_IN_ERRORS,
  ...FORBIDDEN,
  ...CONFLICT,
  ...KEY_REUSED,
  ...UNAVAILABLE,
} as const

const IN_THE_LOG = { 202: answer(AcceptedBody, 'Done; the tables will show it within moments.') }

/** Answers of a change. */
export const changed = <S extends z.ZodType>(schema: S, description: string) => ({
  200: answer(schema, description),
  ...IN_THE_LOG,
})

/** Answers of what makes something new. */
export const created = <S extends z.ZodType>(schema: S, description: string) => ({
  201: answer(schema, description),
  ...IN_THE_LOG,
})

/** Answers of a deletion. */
export const DELETED = { 200: answer(AcceptedBody, 'Gone, and shows nowhere.'), ...IN_THE_LOG }
