import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ADMINS, OPERATORS } from '../auth/principal.ts'
import { ErrorBody } from './schemas/errors.ts'
import { ALERTING_CASES, type AlertingCase } from './testing/alerting-cases.ts'
import { recordNight } from './testing/alerting-night.ts'
import { apiUnderTest, type Answer, type ApiUnderTest } from './testing/api-under-test.ts'

type Operation = { responses: Record<string, unknown> }

describe('every route of the alert centre', () => {
  let t: ApiUnderTest
  let token: string
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    t = await apiUnderTest({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
    await t.addUser('alice')
    await t.addUser('rea', 'main', 'readonly')
    await t.addUser('mallory', 'evil', 'admin')
    await t.addUser('superb', 'evil', 'superadmin')
    token = await t.logIn('alice')
    await recordNight(t, token)
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  const each = function* (): Generator<[method: string, route: string, found: AlertingCase]> {
    for (const [name, found] of Object.entries(ALERTING_CASES)) {
      const [method = '', route = ''] = name.split(' ')
      yield [method.toUpperCase(), route, found]
    }
  }

  async function prepared({ path, made }: AlertingCase): Promise<string> {
    if (!made) return path
    const { body } = await t.ask(made.path, { token, body: made.body })
    const id = /"id":"([0-9A-Z]{26})"/.exec(JSON.stringify(body))?.[1]
    assert.ok(id, `${made.path}: ${JSON.stringify(body)}`)
    return path.replace('{new}', id)
  }

  const ask = (method: string, path: string, { body }: AlertingCase, by: string): Promise<Answer> =>
    t.ask(path, { method, token: by, ...(body !== undefined && { body }) })

  test('answers in the shape that the description declares', async () => {
    const { paths } = (await t.ask('/api/v1/openapi.json')).body as {
      paths: Record<string, Record<string, Operation>>
    }
    for (const [method, route, found] of each()) {
      const answer = await ask(method, await prepared(found), found, token)
      assert.equal(answer.status, found.status ?? 200, `${method} ${route}: ${JSON.stringify(answer.body)}`)
      assert.ok(paths[route]?.[method.toLowerCase()]?.responses[answer.status], `${method} ${route}`)
      found.schema.parse(answer.body)
    }
  })

  test('shows nothing to another tenant, whatever the role, and lets it change nothing', async () => {
    for (const stranger of [await t.logIn('mallory'), await t.logIn('superb')])
      for (const [method, route, found] of each()) {
        const path = await prepared(found)
        const isAboutOne = route.includes('{id}')
        if (!isAboutOne && method !== 'GET') continue
        const answer = await ask(method, path, found, stranger)
        const told = `${method} ${path}: ${JSON.stringify(answer.body)}`
        if (isAboutOne) assert.equal(answer.status, 404, told)
        else
          assert.doesNotMatch(
            JSON.stringify(answer.body),
            /web-1|web"|Everybody|Hook|Nights|Sunday|known/,
            told,
          )
      }
  })

  test('a reader changes nothing', async () => {
    const reader = await t.logIn('rea')
    for (const [method, route, found] of each()) {
      if (method === 'GET' || route.endsWith('/preview')) continue
      const answer = await ask(method, await prepared(found), found, reader)
      assert.equal(answer.status, 403, `${method} ${route}`)
      const roles = ErrorBody.parse(answer.body).detail ?? ''
      assert.ok(
        [ADMINS, OPERATORS].some((some) => roles.endsWith(`${some.join(', ')}.`)),
        roles,
      )
    }
  })

  test('what it cannot take it refuses, with the field', async () => {
    for (const [method, route, found] of each()) {
      if (found.body === undefined) continue
      const answer = await ask(method, await prepared(found), { ...found, body: { nonsense: 1 } }, token)
      assert.equal(answer.status, 400, `${method} ${route}`)
      assert.match(ErrorBody.parse(answer.body).detail ?? '', /^body/)
    }
  })
})
