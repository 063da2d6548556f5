// GET /api/v1/openapi.json and GET /api/docs: the API described by its own routes.

import type { OpenAPIHono } from '@hono/zod-openapi'
import { docsPage, type ApiDocument } from './docs-page.ts'
import type { ApiEnv } from './endpoint.ts'

/** Adds both; call it after every other route. The document is made once, when it is first asked for. */
export function describeApi(app: OpenAPIHono<ApiEnv>, version: string): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'secumon_session',
  })
  let made: ApiDocument | undefined
  const document = (): ApiDocument => (made ??= makeDocument(app, version))
  app.get('/api/v1/openapi.json', (c) => c.json(document()))
  app.get('/api/docs', (c) => c.html(docsPage(document())))
}

const makeDocument = (app: OpenAPIHono<ApiEnv>, version: string) =>
  app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'SecuMon API',
      version,
      description:
        'Times are milliseconds since 1970 UTC. Log in with `POST /api/v1/auth/login` and send the token as ' +
        '`Authorization: Bearer …`, or with `POST /api/v1/session` for a cookie. Every error has the shape Error.',
    },
    servers: [{ url: '/' }],
  })
