import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setDisabled, type User } from '@secumon/infra/vault/users'
import { vaultOf } from '@secumon/infra/vault/vault-database'
import { SignJWT } from 'jose'
import { ErrorBody } from './schemas/errors.ts'
import { RefreshedBody, SessionBody, TokensBody } from './schemas/auth.ts'
import { LIMITS } from '../auth/login-limits.ts'
import { apiUnderTest, PASSWORD, type ApiUnderTest } from './testing/api-under-test.ts'

const UNAUTHORIZED = { error: 'invalid or expired token', code: 401 }

describe('login', () => {
  let t: ApiUnderTest
  let alice: User
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    t = await apiUnderTest({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
    alice = await t.addUser('alice', 'main', 'admin')
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  const logIn = (username: string, password = PASSWORD, address?: string) =>
    t.ask('/api/v1/auth/login', { body: { username, password }, ...(address !== undefined && { address }) })
  const agents = (token: string) => t.ask('/api/v1/agents', { token })

  test('a login answers in the documented shape, and its token opens the API for 24 hours', async () => {
    const { status, body, headers } = await logIn('Alice')
    assert.equal(status, 200)
    const tokens = TokensBody.parse(body)
    assert.deepEqual(Object.keys(tokens.user), ['id', 'username', 'role', 'tenant_id'])
    assert.equal(headers.get('cache-control'), 'no-store')
    const claims = JSON.parse(Buffer.from(tokens.token.split('.')[1] ?? '', 'base64url').toString())
    assert.equal(claims.iss, 'secumon-api')
    assert.equal(claims.exp - claims.iat, 24 * 3600)
    assert.equal(claims.user_id, tokens.user.id)
    assert.deepEqual([claims.role, claims.tenant_id, claims.email], ['admin', 'main', ''])
    assert.deepEqual((await agents(tokens.token)).body, { count: 0, agents: [] })
    t.clock.offsetMs = 24 * 3600 * 1000 + 1000
    assert.deepEqual((await agents(tokens.token)).body, UNAUTHORIZED)
    t.clock.offsetMs = 0
  })

  test('wrong name and wrong password are told apart by nothing', async () => {
    const [name, password] = [await logIn('nobody'), await logIn('alice', 'wrong')]
    assert.equal(name.status, 401)
    assert.deepEqual(name.body, password.body)
    for (const hostile of ["' or 1=1 --", 'alice\u0000', '%', 'a'.repeat(320)])
      assert.equal((await logIn(hostile)).status, hostile.includes('\u0000') ? 400 : 401, hostile)
  })

  test('tokens of another key, algorithm, issuer or time are refused', async () => {
    await t.addUser('forged')
    const good = await t.logIn('forged')
    const claims = JSON.parse(Buffer.from(good.split('.')[1] ?? '', 'base64url').toString())
    const sign = (over: object, secret: Buffer, alg = 'HS256') =>
      new SignJWT({ ...claims, ...over }).setProtectedHeader({ alg }).sign(secret)
    const [header, payload, signature] = good.split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    assert.equal((await agents(await sign({}, t.jwtSecret))).status, 200, 'the forger knows how')
    const bad = [
      await sign({}, Buffer.alloc(32, 1)),
      await sign({}, Buffer.concat([t.jwtSecret, Buffer.alloc(32)]), 'HS512'),
      await sign({ iss: 'else' }, t.jwtSecret),
      await sign({ exp: Math.floor(Date.now() / 1000) - 1 }, t.jwtSecret),
      await sign({ tenant_id: 'other' }, t.jwtSecret),
      await sign({ sid: 'no-such-login' }, t.jwtSecret),
      await sign({ user_id: alice.id }, t.jwtSecret),
      `${none}.${payload}.`,
      `${header}.${payload}.${signature?.slice(2)}aa`,
      'not-a-token',
      '',
    ]
    for (const token of bad) assert.deepEqual((await agents(token)).body, UNAUTHORIZED, token)
  })

  test('a refresh token renews, old scripts may keep theirs, and reuse after rotation ends the login', async () => {
    const first = TokensBody.parse((await logIn('alice')).body)
    const refresh = (refresh_token: string) => t.ask('/api/v1/auth/refresh', { body: { refresh_token } })
    const again = RefreshedBody.parse((await refresh(first.refresh_token)).body)
    const second = RefreshedBody.parse((await refresh(first.refresh_token)).body)
    const third = RefreshedBody.parse((await refresh(second.refresh_token)).body)
    assert.equal((await agents(third.token)).status, 200)
    assert.deepEqual((await refresh(first.refresh_token)).body, UNAUTHORIZED)
    assert.equal((await agents(third.token)).status, 401, 'the whole login is over')
    assert.equal((await refresh(third.refresh_token)).status, 401)
    assert.equal((await refresh(again.refresh_token)).status, 401)
  })

  test('logout ends the login of its token and no other', async () => {
    const [mine, other] = [await t.logIn('alice'), await t.logIn('alice')]
    assert.equal((await t.ask('/api/v1/auth/logout', { method: 'POST', token: mine })).status, 200)
    assert.equal((await agents(mine)).status, 401)
    assert.equal((await agents(other)).status, 200)
    assert.equal((await t.ask('/api/v1/auth/logout', { method: 'POST' })).status, 401)
  })

  test('a disabled user is out at once, by token and by cookie', async () => {
    const user = await t.addUser('leaver')
    const token = await t.logIn('leaver')
    const cookie = await startSession('leaver')
    await setDisabled(t.db, user.id, true)
    assert.equal((await agents(token)).status, 401)
    assert.equal((await t.ask('/api/v1/session', { cookie })).status, 401)
    assert.equal((await logIn('leaver')).status, 401)
  })

  const startSession = async (username: string): Promise<string> => {
    const { headers } = await t.ask('/api/v1/session', {
      body: { username, password: PASSWORD },
      headers: { origin: 'http://localhost' },
    })
    return headers.get('set-cookie')?.split(';')[0] ?? ''
  }

  test('the session cookie is kept from scripts and other sites, and opens the API', async () => {
    const { status, headers, body } = await t.ask('/api/v1/session', {
      body: { username: 'alice', password: PASSWORD },
      headers: { origin: 'http://localhost' },
    })
    assert.equal(status, 200)
    assert.equal(SessionBody.parse(body).tenant.id, 'main')
    const cookie = headers.get('set-cookie') ?? ''
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/'])
      assert.match(cookie, new RegExp(attribute))
    assert.doesNotMatch(cookie, /Secure/, 'over http, a browser would drop it')
    const lifetimeS = Number(/Max-Age=(\d+)/.exec(cookie)?.[1])
    assert.ok(lifetimeS > 300 * 24 * 3600, 'what extends the session may be unable to send it again')
    const pair = cookie.split(';')[0] ?? ''
    assert.equal((await t.ask('/api/v1/session', { cookie: pair })).status, 200)
    const stored = await vaultOf(t.db).selectFrom('vault.sessions').select('id_hash').execute()
    assert.ok(!stored.some((row) => row.id_hash.toString('latin1').includes(pair.split('=')[1] ?? '')))
    const ended = await t.ask('/api/v1/session', {
      method: 'DELETE',
      cookie: pair,
      headers: { origin: 'http://localhost' },
    })
    assert.equal(ended.status, 200)
    assert.match(ended.headers.get('set-cookie') ?? '', /Max-Age=0/)
    assert.deepEqual((await t.ask('/api/v1/session', { cookie: pair })).body, UNAUTHORIZED)
  })

  test('another site cannot use the cookie to change something, nor log anybody in', async () => {
    const cookie = await startSession('alice')
    const end = (headers: Record<string, string>) =>
      t.ask('/api/v1/session', { method: 'DELETE', cookie, headers })
    assert.equal((await end({ origin: 'https://evil.example' })).status, 403)
    assert.equal((await end({ origin: 'null' })).status, 403)
    assert.equal((await end({})).status, 403)
    assert.equal((await end({ 'sec-fetch-site': 'cross-site' })).status, 403)
    const foreign = {
      body: { username: 'alice', password: PASSWORD },
      headers: { origin: 'http://evil.example' },
    }
    assert.equal((await t.ask('/api/v1/session', foreign)).status, 403)
    assert.equal((await end({ 'sec-fetch-site': 'same-origin' })).status, 200)
  })

  test('an expired session is over, one past its half is extended and sent again', async () => {
    const cookie = await startSession('alice')
    const expireIn = (ms: number) =>
      vaultOf(t.db)
        .updateTable('vault.sessions')
        .set({ expires_at: new Date(Date.now() + ms) })
        .execute()
    await expireIn(3600_000)
    const extended = await t.ask('/api/v1/session', { cookie })
    assert.match(extended.headers.get('set-cookie') ?? '', /secumon_session=/)
    await expireIn(-1)
    assert.equal((await t.ask('/api/v1/session', { cookie })).status, 401)
  })

  test('guessing is slowed down by name and address, and the right password waits too', async () => {
    await t.addUser('guessed')
    for (let i = 0; i < LIMITS.pair; i++)
      assert.equal((await logIn('guessed', 'wrong', '192.0.2.1')).status, 401)
    const refused = await logIn('GUESSED', PASSWORD, '192.0.2.1')
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers.get('retry-after')) > 60)
    assert.ok((ErrorBody.parse(refused.body).retry_after_ms ?? 0) > 60_000)
    assert.equal((await logIn('guessed', PASSWORD, '192.0.2.2')).status, 200, 'the user is not locked out')
  })

  test('one address cannot try many names', async () => {
    const statuses: number[] = []
    for (let i = 0; i <= LIMITS.address; i++) statuses.push((await logIn(`n${i}`, 'x', '192.0.2.9')).status)
    assert.deepEqual([statuses[LIMITS.address - 1], statuses[LIMITS.address]], [401, 429])
  })

  test('right logins are not counted', async () => {
    for (let i = 0; i < LIMITS.pair + 5; i++)
      assert.equal((await logIn('alice', PASSWORD, '192.0.2.7')).status, 200)
  })

  test('no password, token or cookie is in the log', async () => {
    const token = await t.logIn('alice')
    const cookie = await startSession('alice')
    const text = t.lines.join('')
    assert.ok(text.includes('/api/v1/auth/login'))
    for (const secret of [PASSWORD, token, cookie.split('=')[1] ?? '']) assert.ok(!text.includes(secret))
  })
})
