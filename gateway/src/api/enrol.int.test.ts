import assert from 'node:assert/strict'
import { after, before, describe, mock, test } from 'node:test'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { EpochStartedSchema } from '@secumon/contracts/gen/identity'
import { generateSigningKey, rawPublicKey } from '@secumon/contracts/signing'
import { identity } from '@secumon/domain/identity'
import { fold, handle } from '@secumon/infra/eventlog/handle'
import { createEnrolmentToken } from '@secumon/infra/vault/enrolment-tokens'
import { vaultOf } from '@secumon/infra/vault/vault-database'
import { create } from '@bufbuild/protobuf'
import { ActorSchema } from '@secumon/contracts/gen/envelope'
import { EnrolledBody } from './schemas/enrol.ts'
import { apiUnderTest, type ApiUnderTest } from './testing/api-under-test.ts'

describe('enrolment', () => {
  let t: ApiUnderTest
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    t = await apiUnderTest({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  const token = (uses = 1, tenant = 'main') =>
    createEnrolmentToken(t.db, { tenant, uses, expiresAtMs: Date.now() + 60_000, note: '' }, t.clock)
  const newKey = (): string => Buffer.from(rawPublicKey(generateSigningKey())).toString('base64')
  const enrol = (text: string, public_key = newKey(), more: object = {}, address?: string) =>
    t.ask('/api/v1/enrol', {
      body: { token: text, public_key, name: 'host', ...more },
      ...(address !== undefined && { address }),
    })
  const stateOf = async ({ tenant, agent }: { tenant: string; agent: string }) =>
    fold(identity, (await t.store.read({ tenant, aggregate: 'identity', id: agent })).envelopes)

  test('an agent gets its identity and the exact bytes that anchor each lane', async () => {
    const public_key = newKey()
    const { status, body } = await enrol(await token(), public_key, { tags: ['web'] })
    assert.equal(status, 200)
    const enrolled = EnrolledBody.parse(body)
    assert.deepEqual([enrolled.tenant, enrolled.ingest_url], ['main', 'http://127.0.0.1:8098'])
    assert.deepEqual(
      enrolled.epochs.map(({ lane, epoch }) => [lane, epoch]),
      [
        ['telemetry', 1],
        ['logs', 1],
      ],
    )
    const state = await stateOf(enrolled)
    assert.equal(Buffer.from(state?.publicKey ?? []).toString('base64'), public_key)
    for (const { lane, epoch_started } of enrolled.epochs) {
      const started = state?.epochs[lane]
      assert.ok(started)
      const logged = Buffer.from(toBinary(EpochStartedSchema, started)).toString('base64')
      assert.equal(epoch_started, logged, 'what the gateway hashes')
      assert.equal(fromBinary(EpochStartedSchema, Buffer.from(epoch_started, 'base64')).agent, enrolled.agent)
    }
  })

  test('the same key again, even many times at once, is the same agent', async () => {
    const [text, key] = [await token(2), newKey()]
    const answers = await Promise.all(Array.from({ length: 10 }, () => enrol(text, key)))
    const bodies = new Set(answers.map(({ body }) => JSON.stringify(body)))
    assert.equal(bodies.size, 1, [...bodies].join('\n'))
    assert.equal((await enrol(text)).status, 200, 'one use was left')
    assert.equal((await enrol(text)).status, 401)
    assert.deepEqual((await enrol(text, key)).body, answers[0]?.body)
  })

  test('an enrolment that stopped half-way is finished by the next attempt', async () => {
    const [text, key] = [await token(), newKey()]
    const deaf = mock.method(t.log, 'append', async () => ({ outcome: 'unavailable', reason: 'test' }))
    const refused = await enrol(text, key)
    deaf.mock.restore()
    assert.equal(refused.status, 503)
    assert.ok(Number(refused.headers.get('retry-after')) >= 1)
    const rows = () =>
      vaultOf(t.db)
        .selectFrom('vault.enrolments')
        .select('activated_at')
        .where('public_key', '=', Buffer.from(key, 'base64'))
        .execute()
    assert.deepEqual(await rows(), [{ activated_at: null }])
    const enrolled = EnrolledBody.parse((await enrol(text, key)).body)
    assert.equal((await stateOf(enrolled))?.revoked, false)
    assert.ok((await rows())[0]?.activated_at)
  })

  test('a key whose identity was revoked does not come back', async () => {
    const [text, key] = [await token(), newKey()]
    const { tenant, agent: id } = EnrolledBody.parse((await enrol(text, key)).body)
    await handle(t.store, identity, {
      aggregate: { tenant, aggregate: 'identity', id },
      command: { kind: 'RevokeIdentity', agent: id, reason: 'test' },
      commandId: 'revoke',
      actor: create(ActorSchema, { actor: { case: 'user', value: 'test' } }),
      clock: t.clock,
    })
    const { status, body } = await enrol(text, key)
    assert.equal(status, 401)
    assert.match(JSON.stringify(body), /revoked/)
  })

  test('what the log would refuse costs no use of the token', async () => {
    const text = await token()
    assert.equal((await enrol(text, newKey(), { tags: ['not a tag'] })).status, 400)
    assert.equal((await enrol(text, newKey(), { name: '  ' })).status, 400)
    assert.equal((await enrol(text, 'AAAA')).status, 400)
    assert.equal((await enrol(text)).status, 200)
  })

  test('wrong tokens are refused, and an address that keeps trying waits', async () => {
    const wrong = () => enrol('enrol_'.padEnd(49, 'x'), newKey(), {}, '192.0.2.1')
    for (let i = 0; i < 20; i++) assert.equal((await wrong()).status, 401)
    const limited = await wrong()
    assert.equal(limited.status, 429)
    assert.ok(Number(limited.headers.get('retry-after')) > 0)
    assert.equal((await enrol(await token(), newKey(), {}, '192.0.2.2')).status, 200)
  })

  test('a load generator enrols hundreds from one address and is never told to wait', async () => {
    const agents = 200
    const text = await token(agents)
    const seen = new Set<string>()
    let left = agents
    const worker = async (): Promise<void> => {
      while (left-- > 0) {
        const { status, body } = await enrol(text, newKey(), { simulated: true }, '192.0.2.3')
        assert.equal(status, 200)
        seen.add(EnrolledBody.parse(body).agent)
      }
    }
    await Promise.all(Array.from({ length: 16 }, worker))
    assert.equal(seen.size, agents)
  })

  test('no token is in the log', async () => {
    const text = await token()
    await enrol(text)
    assert.ok(!t.lines.join('').includes(text))
  })
})
