import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ErrorBody } from './schemas/errors.ts'
import { HealthBody } from './schemas/platform.ts'
import { apiUnderTest, type ApiUnderTest } from './testing/api-under-test.ts'

describe('what surrounds the routes', () => {
  let t: ApiUnderTest
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    const uiDirectory = await mkdtemp(join(tmpdir(), 'secumon-ui-'))
    cleanUps.push(() => rm(uiDirectory, { recursive: true }))
    await mkdir(join(uiDirectory, 'assets'))
    await writeFile(join(uiDirectory, 'index.html'), '<!doctype html><title>SecuMon</title>')
    await writeFile(join(uiDirectory, 'assets', 'app-1a2b.js'), 'export {}'.padEnd(2000))
    t = await apiUnderTest(
      { after: (cleanUp) => cleanUps.unshift(cleanUp) },
      { uiDirectory, corsOrigins: ['https://portal.example'] },
    )
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  test('a fault of ours shows a number that the log has, and nothing of the inside', async () => {
    t.fault.now = new Error('what happened inside')
    const answer = await t.ask('/health')
    t.fault.now = undefined
    assert.equal(answer.status, 500)
    const { error, detail = '' } = ErrorBody.parse(answer.body)
    assert.equal(error, 'internal error')
    assert.doesNotMatch(detail, /inside/)
    const number = detail.split(' ').at(-1) ?? '-'
    assert.equal(number, answer.headers.get('x-request-id'))
    assert.ok(t.lines.some((line) => line.includes(number) && line.includes('what happened inside')))
  })

  test('health tells the worst of the roles', async () => {
    t.roles['ingest'] = { status: 'degraded', detail: 'slow' }
    assert.deepEqual([(await t.ask('/health')).status, t.roles['ingest'].status], [200, 'degraded'])
    t.roles['ingest'] = { status: 'unhealthy', detail: 'gone' }
    const answer = await t.ask('/health')
    assert.equal(answer.status, 503)
    assert.equal(HealthBody.parse(answer.body).status, 'unhealthy')
    delete t.roles['ingest']
    assert.equal(HealthBody.parse((await t.ask('/health')).body).status, 'healthy')
  })

  test('pages come with headers that hold a browser back, and an address that is no file is a view', async () => {
    const page = await t.ask('/agents/some-view?range=1h')
    assert.equal(page.status, 200)
    assert.match(String(page.body), /<title>SecuMon/)
    assert.equal(page.headers.get('cache-control'), 'no-cache')
    assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'self'/)
    assert.equal(page.headers.get('x-frame-options'), 'DENY')
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff')
    const asset = await t.ask('/assets/app-1a2b.js', { headers: { 'accept-encoding': 'gzip' } })
    assert.match(asset.headers.get('cache-control') ?? '', /immutable/)
    assert.equal(asset.headers.get('content-encoding'), 'gzip')
    assert.equal((await t.ask('/assets/gone.js')).status, 404)
    for (const path of ['/../package.json', '/..%2f..%2fetc/passwd', '/assets/..%2f..%2f..%2fetc/passwd'])
      assert.doesNotMatch(JSON.stringify((await t.ask(path)).body), /root:|"secumon/, path)
  })

  test('pages of the origins that were named may call the API, with a token and without the cookie', async () => {
    const preflight = (origin: string) =>
      t.ask('/api/v1/fleet', {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'authorization',
        },
      })
    const named = await preflight('https://portal.example')
    assert.equal(named.status, 204)
    assert.equal(named.headers.get('access-control-allow-origin'), 'https://portal.example')
    assert.equal(named.headers.get('access-control-allow-credentials'), null)
    assert.equal((await preflight('https://evil.example')).headers.get('access-control-allow-origin'), null)
  })

  test('the platform’s numbers are for this machine', async () => {
    const local = await t.ask('/metrics', { address: '127.0.0.1' })
    assert.match(String(local.body), /secumon_gateway_request_duration_seconds_bucket\{[^}]*route="\/health"/)
    assert.equal((await t.ask('/metrics', { address: '192.0.2.1' })).status, 401)
    const proxied = { address: '127.0.0.1', headers: { 'x-forwarded-for': '192.0.2.1' } }
    assert.equal((await t.ask('/metrics', proxied)).status, 401)
  })
})
