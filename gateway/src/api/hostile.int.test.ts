import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { ErrorBody } from './schemas/errors.ts'
import { ALERTING_CASES, type AlertingCase } from './testing/alerting-cases.ts'
import { apiUnderTest, type ApiUnderTest } from './testing/api-under-test.ts'

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)

const AGENT = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
const ROUTES = [
  ['GET', '/api/v1/fleet'],
  ['GET', '/api/v1/agents'],
  ['GET', `/api/v1/agents/${AGENT}`],
  ['GET', `/api/v1/agents/${AGENT}/series`],
  ['PATCH', `/api/v1/agents/${AGENT}`],
  ['POST', '/api/v1/auth/login'],
  ['POST', '/api/v1/auth/refresh'],
  ['POST', '/api/v1/session'],
  ['POST', '/api/v1/enrol'],
] as const
const NAMES = [
  'q',
  'status',
  'tag',
  'sort',
  'limit',
  'offset',
  'keys',
  'from',
  'to',
  'step',
  'points',
  'dimension',
  'state',
  'severity',
  'rule',
  'after',
  'platform',
]
const FIELDS = [
  'username',
  'password',
  'otp',
  'refresh_token',
  'token',
  'public_key',
  'name',
  'tags',
  'simulated',
]
const NASTY = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  "'; drop table vault.users; --",
  '%',
  '\\',
  '-1',
  '1e308',
  'NaN',
  '9'.repeat(30),
]

const text = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 60 }))
const value = fc.oneof(text, fc.jsonValue({ maxDepth: 3 }))
const query = fc.array(fc.tuple(fc.constantFrom(...NAMES), text), { maxLength: 6 })
const anything = fc.record({
  route: fc.constantFrom(...ROUTES),
  query,
  body: fc.oneof(fc.dictionary(fc.constantFrom(...FIELDS), value), value),
})

/** What a route of the alert centre takes, with one thing in it made nasty. */
const nearlyRight = fc
  .record({
    asked: fc.constantFrom(...Object.entries(ALERTING_CASES)),
    query,
    place: fc.nat(),
    nasty: value,
  })
  .map(({ asked, place, nasty, ...rest }) => ({ ...rest, ...spoiltCase(asked, place, nasty) }))

function spoiltCase([name, found]: [string, AlertingCase], place: number, nasty: unknown) {
  const method = name.split(' ')[0]?.toUpperCase() ?? ''
  const path = found.path.split('?')[0]?.replace('{new}', AGENT) ?? ''
  return { route: [method, path] as const, body: spoilt(found.body, place, nasty) }
}

function spoilt(body: unknown, place: number, nasty: unknown): unknown {
  if (typeof body !== 'object' || body === null) return nasty
  const names = Object.keys(body)
  const name = names[place % names.length] ?? ''
  const inner: unknown = Reflect.get(body, name)
  const made = spoilt(inner, Math.floor(place / names.length), nasty)
  return Array.isArray(body) ? [made] : { ...body, [name]: made }
}

describe('whatever is asked', () => {
  let t: ApiUnderTest
  let token: string
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    t = await apiUnderTest({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
    await t.addUser('alice')
    token = await t.logIn('alice')
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  test(`is answered, never with a fault of ours (SEED=${SEED})`, async () => {
    let address = 0
    const property = fc.asyncProperty(
      fc.oneof(anything, nearlyRight),
      async ({ route: [method, path], query: asked, body }) => {
        const search = asked
          .map(([name, text]) => `${name}=${encodeURIComponent(text.toWellFormed())}`)
          .join('&')
        const ask = {
          method,
          token,
          ...(method !== 'GET' && { body }),
          address: `10.0.${address >> 8}.${address++ & 255}`,
        }
        const answer = await t.ask(`${path}?${search}`, ask)
        assert.ok(answer.status < 500, JSON.stringify(answer.body))
        if (answer.status >= 400) assert.equal(ErrorBody.parse(answer.body).code, answer.status)
      },
    )
    await fc.assert(property, { numRuns: 800, seed: SEED })
    assert.equal((await t.ask('/api/v1/agents', { token })).status, 200)
  })
})
