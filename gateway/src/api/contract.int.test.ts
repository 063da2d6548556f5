import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { z } from '@hono/zod-openapi'
import { createEnrolmentToken } from '@secumon/infra/vault/enrolment-tokens'
import { generateSigningKey, rawPublicKey } from '@secumon/contracts/signing'
import { OPEN_ROUTES } from './middleware/require-login.ts'
import { AgentBody } from './schemas/agent.ts'
import { LoggedOutBody, RefreshedBody, SessionBody, TokensBody } from './schemas/auth.ts'
import { CustomMetricsBody } from './schemas/custom-metrics.ts'
import { EnrolledBody } from './schemas/enrol.ts'
import { ErrorBody } from './schemas/errors.ts'
import { FleetBody, FleetMapBody, LegacyAgents } from './schemas/fleet.ts'
import { HealthBody, OverviewBody } from './schemas/platform.ts'
import { LogFacetsBody, LogHistogramBody, LogsBody } from './schemas/logs.ts'
import { MetricBody, SeriesBody } from './schemas/series.ts'
import { RetentionBody } from './schemas/retention.ts'
import { JobsBody, StorageBody } from './schemas/storage.ts'
import { ALERTING_ROUTES } from './testing/alerting-cases.ts'
import { apiUnderTest, PASSWORD, type ApiUnderTest, type Ask } from './testing/api-under-test.ts'
import type { ContractCase } from './testing/contract-case.ts'

type Paths = Record<string, Record<string, { responses: Record<string, unknown>; security?: unknown }>>

const ORIGIN = { origin: 'http://localhost' }
const UNKNOWN = '01ARZ3NDEKTSV4RRFFQ69G5FAV'

describe('every route', () => {
  let t: ApiUnderTest
  let token: string
  let other: string
  let agent: string
  let paths: Paths
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    t = await apiUnderTest({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
    await t.addUser('alice')
    await t.addUser('mallory', 'evil', 'admin')
    await t.addUser('superb', 'evil', 'superadmin')
    await t.addUser('reader', 'main', 'readonly')
    ;[token, other] = [await t.logIn('alice'), await t.logIn('mallory')]
    agent = (await enrol('web-1')).agent
    await untilVisible(agent)
    paths = ((await t.ask('/api/v1/openapi.json')).body as { paths: Paths }).paths
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  const newToken = (uses = 1) =>
    createEnrolmentToken(t.db, { tenant: 'main', uses, expiresAtMs: Date.now() + 60_000, note: '' }, t.clock)

  async function enrol(name: string) {
    const public_key = Buffer.from(rawPublicKey(generateSigningKey())).toString('base64')
    const body = { token: await newToken(), public_key, name, tags: ['web'] }
    return EnrolledBody.parse((await t.ask('/api/v1/enrol', { body })).body)
  }

  async function untilVisible(id: string): Promise<void> {
    for (const until = Date.now() + 10_000; ;) {
      if ((await t.ask(`/api/v1/agents/${id}`, { token })).status === 200) return
      assert.ok(Date.now() < until, 'the fleet’s projection did not take the agent')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  const refreshToken = async (): Promise<string> =>
    TokensBody.parse(
      (await t.ask('/api/v1/auth/login', { body: { username: 'alice', password: PASSWORD } })).body,
    ).refresh_token

  const CASES: Record<string, () => Promise<ContractCase>> = {
    'get /health': async () => ({ ask: {}, schema: HealthBody }),
    'post /api/v1/auth/login': async () => ({
      ask: { body: { username: 'alice', password: PASSWORD } },
      schema: TokensBody,
    }),
    'post /api/v1/auth/refresh': async () => ({
      ask: { body: { refresh_token: await refreshToken() } },
      schema: RefreshedBody,
    }),
    'post /api/v1/auth/logout': async () => ({
      ask: { method: 'POST', token: await t.logIn('alice') },
      schema: LoggedOutBody,
    }),
    'post /api/v1/session': async () => ({
      ask: { body: { username: 'alice', password: PASSWORD }, headers: ORIGIN },
      schema: SessionBody,
    }),
    'get /api/v1/session': async () => ({ ask: { token }, schema: SessionBody }),
    'delete /api/v1/session': async () => ({ ask: { token, method: 'DELETE' }, schema: LoggedOutBody }),
    'get /api/v1/agents': async () => ({ ask: { token }, schema: LegacyAgents }),
    'get /api/v1/fleet': async () => ({
      path: '/api/v1/fleet?q=web&status=pending,online&tag=web&simulated=false&sort=cpu&order=desc&limit=5&offset=0',
      ask: { token },
      schema: FleetBody,
    }),
    'get /api/v1/fleet/map': async () => ({ ask: { token }, schema: FleetMapBody }),
    'get /api/v1/agents/{id}': async () => ({ ask: { token }, schema: AgentBody }),
    'patch /api/v1/agents/{id}': async () => ({
      ask: { token, method: 'PATCH', body: { name: 'web-one', tags: ['web', 'eu'] } },
      schema: AgentBody,
    }),
    'get /api/v1/agents/{id}/series': async () => ({
      path: `/api/v1/agents/${agent}/series?keys=cpu.usage_percent,disk.read_bytes&from=-3600000`,
      ask: { token },
      schema: SeriesBody,
    }),
    'get /api/v1/agents/{id}/custom-metrics': async () => ({ ask: { token }, schema: CustomMetricsBody }),
    'get /api/v1/metrics-catalogue': async () => ({ ask: { token }, schema: z.array(MetricBody) }),
    'get /api/v1/overview': async () => ({ ask: { token }, schema: OverviewBody }),
    'get /api/v1/storage/status': async () => ({ ask: { token }, schema: StorageBody }),
    'get /api/v1/storage/jobs': async () => ({ ask: { token }, schema: JobsBody }),
    'post /api/v1/storage/jobs/{name}/run': async () => ({
      path: '/api/v1/storage/jobs/no-such-job/run',
      ask: { token, method: 'POST' },
      schema: ErrorBody,
      status: 404,
    }),
    'get /api/v1/storage/retention': async () => ({ ask: { token }, schema: RetentionBody }),
    'put /api/v1/storage/retention': async () => ({
      ask: {
        method: 'PUT',
        token,
        body: { raw: 7, rollup_5min: null, rollup_1hour: null, logs: 3 },
      },
      schema: RetentionBody,
    }),
    'get /api/v1/logs': async () => ({
      path: `/api/v1/logs?from=-60000&to=-1&agents=${agent}&sources=nginx&units=a,b&severity=error,none&text=x&regex=y&order=oldest`,
      ask: { token },
      schema: LogsBody,
    }),
    'get /api/v1/logs/histogram': async () => ({ ask: { token }, schema: LogHistogramBody }),
    'get /api/v1/logs/facets': async () => ({ ask: { token }, schema: LogFacetsBody }),
    'get /api/v1/logs/export': async () => ({ ask: { token } }),
    'get /api/v1/logs/context': async () => ({
      path: `/api/v1/logs/context?id=${UNKNOWN}.1.1.0&time=-1000`,
      ask: { token },
      schema: ErrorBody,
      status: 404,
    }),
    'post /api/v1/enrol': async () => ({
      ask: {
        body: {
          token: await newToken(),
          public_key: Buffer.from(rawPublicKey(generateSigningKey())).toString('base64'),
          name: 'db-1',
        },
      },
      schema: EnrolledBody,
    }),
  }

  const operations = (): [string, string, Paths[string][string]][] =>
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(
        ([method, operation]) => [method, path, operation] as [string, string, typeof operation],
      ),
    )

  test('the description names exactly the routes that are tested here, and the live streams', () => {
    const named = operations().map(([method, path]) => `${method} ${path}`)
    const tested = [...Object.keys(CASES), ...ALERTING_ROUTES, 'get /api/v1/live', 'get /api/v1/logs/tail']
    assert.deepEqual(named.toSorted(), tested.toSorted())
  })

  test('answers in the shape that the description declares', async () => {
    for (const [method, path, operation] of operations()) {
      const found = CASES[`${method} ${path}`]
      if (!found) continue
      const { ask, schema, status = 200, path: asked = path.replace('{id}', agent) } = await found()
      const answer = await t.ask(asked, ask)
      assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer)}`)
      assert.ok(operation.responses[answer.status], `${method} ${path} declares ${answer.status}`)
      schema?.parse(answer.body)
    }
  })

  test('without a login there is nothing but what is meant for everybody', async () => {
    for (const [method, path, operation] of operations()) {
      const key = `${method.toUpperCase()} ${path}`
      if (OPEN_ROUTES.has(key) || path === '/health') {
        assert.equal(operation.security, undefined, key)
        continue
      }
      assert.ok(operation.security, `${key} says that it needs a login`)
      const answer = await t.ask(path.replace('{id}', agent), { method: method.toUpperCase() })
      assert.deepEqual(answer.body, { error: 'invalid or expired token', code: 401 }, key)
    }
    for (const path of [
      '/api/v1/no-such-thing',
      '/%61pi/v1/fleet',
      '/api/v1/%66leet',
      '/api/../api/v1/fleet',
    ])
      assert.equal((await t.ask(path)).status, 401, path)
    for (const path of ['//api/v1/fleet', '/API/v1/fleet', '/health/../api/v1/fleet'])
      assert.doesNotMatch(JSON.stringify((await t.ask(path)).body), /"agents"/, path)
  })

  test('a user of another tenant sees nothing, on any route, whatever their role', async () => {
    for (const stranger of [other, await t.logIn('superb')]) {
      const body = async (path: string) => (await t.ask(path, { token: stranger })).body
      assert.deepEqual(await body('/api/v1/agents'), { count: 0, agents: [] })
      assert.deepEqual(await body('/api/v1/fleet/map'), { agents: [] })
      const fleet = FleetBody.parse(await body('/api/v1/fleet'))
      assert.deepEqual([fleet.total, fleet.agents, fleet.counts.pending], [0, [], 0])
      const overview = OverviewBody.parse(await body('/api/v1/overview'))
      assert.deepEqual([overview.counts.pending, overview.changes, overview.top.cpu], [0, [], []])
      for (const path of [
        `/api/v1/agents/${agent}`,
        `/api/v1/agents/${agent}/series?keys=cpu.usage_percent&from=-60000`,
        `/api/v1/agents/${agent}/custom-metrics`,
        `/api/v1/live?agent=${agent}`,
      ])
        assert.deepEqual(await body(path), { error: 'no such agent', code: 404 }, path)
      const patch = { token: stranger, method: 'PATCH', body: { name: 'mine' } }
      assert.equal((await t.ask(`/api/v1/agents/${agent}`, patch)).status, 404)
    }
    assert.notEqual(
      AgentBody.parse((await t.ask(`/api/v1/agents/${agent}`, { token })).body).agent.name,
      'mine',
    )
  })

  test('a reader changes nothing', async () => {
    const reader = await t.logIn('reader')
    const answer = await t.ask(`/api/v1/agents/${agent}`, {
      token: reader,
      method: 'PATCH',
      body: { name: 'x' },
    })
    assert.equal(answer.status, 403)
    assert.match(ErrorBody.parse(answer.body).detail ?? '', /admin/)
  })

  test('bad input is refused with the field and what to do, and nothing else', async () => {
    const bad: [string, Ask, number, RegExp?][] = [
      ['/api/v1/fleet?limit=0', { token }, 400, /query\.limit/],
      ['/api/v1/fleet?limit=1e9', { token }, 400, /query\.limit/],
      ['/api/v1/fleet?status=sleeping', { token }, 400, /"sleeping" is none of online/],
      ['/api/v1/fleet?q=a%00b', { token }, 400, /query\.q/],
      ['/api/v1/agents/nobody', { token }, 400, /param\.id/],
      [`/api/v1/agents/${UNKNOWN}`, { token }, 404],
      [`/api/v1/agents/${UNKNOWN}/series?keys=cpu.usage_percent&from=-60000`, { token }, 404],
      [
        `/api/v1/agents/${agent}/series?keys=cpu.nonsense&from=-60000`,
        { token },
        400,
        /no metric "cpu.nonsense"/,
      ],
      [`/api/v1/agents/${agent}/series?keys=cpu.usage_percent`, { token }, 400, /query\.from/],
      [`/api/v1/agents/${agent}`, { token, method: 'PATCH', body: {} }, 400, /name, tags or both/],
      [`/api/v1/agents/${agent}`, { token, method: 'PATCH', body: { nmae: 'x' } }, 400],
      [`/api/v1/agents/${agent}`, { token, method: 'PATCH', body: { tags: ['a b'] } }, 400],
      ['/api/v1/live?agent=x', { token }, 400, /query\.agent/],
      ['/api/v1/auth/login', { body: { username: 'alice' } }, 400, /body\.password/],
      ['/api/v1/auth/login', { method: 'POST' }, 400],
      ['/api/v1/auth/login', { method: 'POST', headers: { 'content-type': 'application/json' } }, 400],
      ['/api/v1/auth/login', { body: { username: 'a', password: 'x'.repeat(70_000) } }, 413, /65536 bytes/],
      ['/api/v1/no-such-thing', { token }, 404],
      ['/api/v1/fleet', { token, method: 'DELETE' }, 404],
    ]
    for (const [path, ask, status, detail] of bad) {
      const answer = await t.ask(path, ask)
      const body = ErrorBody.parse(answer.body)
      assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}`)
      assert.equal(body.code, status)
      if (detail) assert.match(body.detail ?? '', detail, path)
      assert.doesNotMatch(JSON.stringify(body), /at \/|node_modules|select /)
    }
  })

  test('the documentation is a page without scripts that names every route', async () => {
    const { body } = await t.ask('/api/docs')
    for (const [method, path] of operations())
      assert.ok(String(body).includes(`${method.toUpperCase()} ${path}`), path)
    assert.doesNotMatch(String(body), /<script|https?:\/\//)
  })
})
