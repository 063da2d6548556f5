// The built user interface: hashed assets for a year, everything else asked for again each time. An address that is no
// file is a view of the application.

import { serveStatic } from '@hono/node-server/serve-static'
import type { OpenAPIHono } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import type { ApiEnv } from './endpoint.ts'

const YEAR = 'public, max-age=31536000, immutable'

/** @param directory of index.html and assets/; files may lie beside their .br, .zst or .gz */
export function servePages(app: OpenAPIHono<ApiEnv>, directory: string): void {
  const files = { root: directory, precompressed: true }
  app.get(
    '/assets/*',
    serveStatic({ ...files, onFound: (_path, c) => c.header('Cache-Control', YEAR) }),
    // A missing asset is an error, not a page.
    (c) => c.notFound(),
  )
  const fresh = (_path: string, c: { header(name: string, value: string): void }): void =>
    c.header('Cache-Control', 'no-cache')
  app.get('*', notApi(), serveStatic({ ...files, onFound: fresh }))
  app.get('*', notApi(), serveStatic({ ...files, rewriteRequestPath: () => '/index.html', onFound: fresh }))
}

const notApi = () =>
  createMiddleware<ApiEnv>(async (c, next) =>
    /^\/(api|metrics|health)(\/|$)/.test(c.req.path) ? c.notFound() : next(),
  )
