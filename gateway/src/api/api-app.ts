// The whole HTTP surface, as one function of what it is given.

import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { compress } from 'hono/compress'
import { HTTPException } from 'hono/http-exception'
import { timeout } from 'hono/timeout'
import type { Context } from 'hono'
import type { ApiDeps } from './deps.ts'
import type { ApiEnv } from './endpoint.ts'
import { errorBody, Failure, failureOf, validationFailure } from './failures.ts'
import { foreignPages, securityHeaders } from './middleware/headers.ts'
import { keyedRequests } from './middleware/keyed-requests.ts'
import { requestContext } from './middleware/request-context.ts'
import { requireLogin } from './middleware/require-login.ts'
import { describeApi } from './openapi.ts'
import { servePages } from './pages.ts'
import { prometheus } from './prometheus.ts'
import { agent } from './routes/agent.ts'
import { agentChange } from './routes/agent-change.ts'
import { agentNames } from './routes/agent-names.ts'
import { alertingRoutes } from './routes/alerting/routes.ts'
import { customMetrics } from './routes/custom-metrics.ts'
import { enrol } from './routes/enrol.ts'
import { fleet } from './routes/fleet.ts'
import { fleetMap } from './routes/fleet-map.ts'
import { health } from './routes/health.ts'
import { live } from './routes/live.ts'
import { login } from './routes/login.ts'
import { logRoutes } from './routes/logs/routes.ts'
import { logout } from './routes/logout.ts'
import { metricsCatalogue } from './routes/metrics-catalogue.ts'
import { overview } from './routes/overview.ts'
import { refresh } from './routes/refresh.ts'
import { series } from './routes/series.ts'
import { endSession, readSession } from './routes/session.ts'
import { startSession } from './routes/session-start.ts'
import { runStorageJob, storageJobs } from './routes/storage/jobs.ts'
import { readRetention, setRetention } from './routes/storage/retention.ts'
import { storageState } from './routes/storage/status.ts'

export const MAX_BODY_BYTES = 64 * 1024
/** A request that has not begun to answer by then is given up. */
export const ANSWER_WITHIN_MS = 30_000

/** Builds the application. */
export function apiApp(deps: ApiDeps) {
  const app = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw validationFailure(result.error, result.target)
    },
  })
  app.onError((error, c) => answerFailure(error, c))
  app.notFound((c) => answerFailure(new Failure(404, 'no such address'), c))
  app.use(requestContext(deps))
  app.use(securityHeaders())
  app.use(compress())
  app.use(timeout(ANSWER_WITHIN_MS, new HTTPException(504)))
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => answerFailure(tooLarge(), c) }))
  if (deps.corsOrigins.length > 0) app.use('/api/*', foreignPages(deps.corsOrigins))
  app.use('/api/*', requireLogin(deps))
  app.use('/api/*', keyedRequests())
  const routed = app.openapiRoutes([
    health(deps),
    login(deps),
    refresh(deps),
    logout(deps),
    startSession(deps),
    readSession(deps),
    endSession(deps),
    agentNames(deps),
    fleet(deps),
    fleetMap(deps),
    agent(deps),
    agentChange(deps),
    series(deps),
    customMetrics(deps),
    metricsCatalogue(),
    overview(deps),
    live(deps),
    enrol(deps),
    ...alertingRoutes(deps),
    ...logRoutes(deps),
    storageState(deps),
    storageJobs(deps),
    runStorageJob(deps),
    readRetention(deps),
    setRetention(deps),
  ] as const)
  describeApi(app, deps.version)
  app.get('/metrics', prometheus(deps))
  if (deps.uiDirectory !== undefined) servePages(app, deps.uiDirectory)
  return routed
}

/** For typed clients: `hc<ApiType>(url)`. */
export type ApiType = ReturnType<typeof apiApp>

const tooLarge = (): Failure =>
  new Failure(413, 'request too large', { detail: `At most ${MAX_BODY_BYTES} bytes of body.` })

function answerFailure(error: unknown, c: Context<ApiEnv>): Response {
  const failure = failureOf(error)
  if (failure.status >= 500) c.var.logger.error({ err: failure.cause ?? failure }, failure.message)
  const body = errorBody(failure)
  if (failure.status === 500) body.detail = `Tell your operator this number: ${c.var.requestId}`
  if (failure.retryAfterMs !== undefined)
    c.header('Retry-After', String(Math.max(1, Math.ceil(failure.retryAfterMs / 1000))))
  c.header('Cache-Control', 'no-store')
  return c.json(body, failure.status)
}
