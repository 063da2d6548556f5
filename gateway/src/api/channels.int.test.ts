import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { CPU, DEAD } from '@secumon/projections/alerts/testing/speech'
import { startReceiver, type Receiver } from '../notify/testing/receiver.ts'
import { ChannelBody, ChannelPreviewBody, ChannelTestBody } from './schemas/channel.ts'
import { ErrorBody } from './schemas/errors.ts'
import { NotificationBody, NotificationsBody } from './schemas/notification.ts'
import { recordNight } from './testing/alerting-night.ts'
import { apiUnderTest, type ApiUnderTest } from './testing/api-under-test.ts'

const KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

describe('channels', () => {
  let t: ApiUnderTest
  let token: string
  let receiver: Receiver
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    t = await apiUnderTest({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
    receiver = await startReceiver()
    cleanUps.unshift(() => receiver.close())
    await t.addUser('alice')
    token = await t.logIn('alice')
    await recordNight(t, token)
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  const hook = () => ({
    spec: { name: 'Hook of the night', kind: 'webhook' },
    secrets: { url: `http://127.0.0.1:${receiver.port}/hook`, signing_key: KEY },
  })
  const ask = async (method: string, path: string, body?: unknown) =>
    (await t.ask(path, { token, method, ...(body !== undefined && { body }) })).body
  const make = async () => ChannelBody.parse(await ask('POST', '/api/v1/channels', hook())).channel
  const press = async (id: string) => ChannelTestBody.parse(await ask('POST', `/api/v1/channels/${id}/test`))

  test('secrets are written and never read', async () => {
    const channel = await make()
    assert.deepEqual([channel.secrets, channel.secret_version], [['signing_key', 'url'], 1])
    for (const path of [`/api/v1/channels/${channel.id}`, '/api/v1/channels'])
      assert.doesNotMatch(JSON.stringify(await ask('GET', path)), /whsec_|127\.0\.0\.1/)
    const { envelopes } = await t.store.read({ tenant: 'main', aggregate: 'channel', id: channel.id })
    assert.doesNotMatch(
      JSON.stringify(envelopes, (_, value) => (typeof value === 'bigint' ? 0 : value)),
      /whsec_/,
    )
  })

  test('the test button tells what the service said, and it is in the log', async () => {
    const { id } = await make()
    receiver.answering = (response) => response.writeHead(200).end('thank you')
    const good = await press(id)
    assert.deepEqual([good.outcome, /200/.test(good.answer ?? '')], ['delivered', true])
    const sent = receiver.received.at(-1)
    assert.match(JSON.stringify(sent?.body), /"type":"incident\.test"/)
    receiver.answering = (response) => response.writeHead(404).end('no such hook')
    const refused = await press(id)
    assert.deepEqual([refused.outcome, /404/.test(refused.reason ?? '')], ['refused', true])
    receiver.answering = (response) => response.writeHead(503).end()
    assert.equal((await press(id)).outcome, 'retry')
    const found = await ask('GET', `/api/v1/notifications?channel=${id}&test=true`)
    const states = NotificationsBody.parse(found).notifications.map(({ state }) => state)
    assert.deepEqual(states.toSorted(), ['dead', 'dead', 'delivered'])
  })

  test('what is not given stays, what is emptied goes', async () => {
    const { id } = await make()
    const path = `/api/v1/channels/${id}`
    const { spec } = hook()
    const renamed = ChannelBody.parse(await ask('PUT', path, { spec: { ...spec, name: 'Other' } })).channel
    assert.deepEqual([renamed.spec.name, renamed.secret_version, renamed.secrets.length], ['Other', 1, 2])
    const unsigned = { spec, secrets: { signing_key: '' } }
    const changed = ChannelBody.parse(await ask('PUT', path, unsigned)).channel
    assert.deepEqual([changed.secret_version, changed.secrets], [2, ['url']])
    receiver.answering = (response) => response.end('ok')
    assert.equal((await press(id)).outcome, 'delivered')
    assert.equal(receiver.received.at(-1)?.headers['webhook-signature'], undefined)
  })

  test('nothing takes secrets elsewhere that nobody gave again', async () => {
    const { id } = await make()
    const path = `/api/v1/channels/${id}`
    const elsewhere = { url: `http://127.0.0.1:${receiver.port}/elsewhere` }
    const { code, error } = ErrorBody.parse(await ask('PUT', path, { spec: hook().spec, secrets: elsewhere }))
    assert.deepEqual([code, error.startsWith('signing_key: must be given again')], [400, true])
    receiver.answering = (response) => response.end('ok')
    await press(id)
    assert.equal(receiver.received.at(-1)?.path, '/hook')
    const moved = { spec: hook().spec, secrets: { ...elsewhere, signing_key: KEY } }
    assert.equal(ChannelBody.parse(await ask('PUT', path, moved)).channel.secret_version, 2)
  })

  test('what could not work is refused, and no secret is repeated', async () => {
    const { spec, secrets } = hook()
    for (const [body, reason] of [
      [{ spec: { ...spec, kind: 'pigeon' }, secrets }, /there is no channel of kind pigeon/],
      [{ spec: { ...spec, settings: { colour: 'red' } }, secrets }, /colour/],
      [{ spec, secrets: { ...secrets, signing_key: 'my-secret-key' } }, /signing_key: must be whsec_/],
      [{ spec, secrets: {} }, /url: is required/],
      [{ spec: { ...spec, text_template: '{{#if' }, secrets }, /text_template/],
    ] as const) {
      const { code, error } = ErrorBody.parse(await ask('POST', '/api/v1/channels', body))
      assert.equal(code, 400)
      assert.match(error, reason)
      assert.doesNotMatch(error, /my-secret-key/)
    }
  })

  test('a template is tried on a past alert', async () => {
    const spec = { ...hook().spec, title_template: 'It is {{severity}}' }
    const asked = { spec, alert: CPU, kind: 'resolved' }
    const preview = ChannelPreviewBody.parse(await ask('POST', '/api/v1/channels/preview', asked))
    assert.deepEqual([preview.title, preview.alert], ['It is critical', CPU])
    assert.match(JSON.stringify(preview.content), /https:\/\/secumon\.example\/alerts\//)
    assert.match(preview.text, /CPU is busy · web-1: .*, resolved at /)
    const first = { ...asked, kind: 'firing' }
    const shown = ChannelPreviewBody.parse(await ask('POST', '/api/v1/channels/preview', first))
    assert.match(shown.text, /CPU is busy · web-1: 96 % .*, firing since .* \(0 s\)/)
    assert.match(JSON.stringify(shown.content), /"resolved_at":null/)
  })

  test('a dead letter is sent again', async () => {
    const { notification } = NotificationBody.parse(await ask('POST', `/api/v1/notifications/${DEAD}/retry`))
    assert.equal(notification.state, 'due')
  })

  test('with the channel its secrets go', async () => {
    const { id } = await make()
    await ask('DELETE', `/api/v1/channels/${id}`)
    const places = { tenant: 'main', channel: id, version: 1 }
    assert.deepEqual(await t.secrets.names(places), [])
    assert.equal((await t.ask(`/api/v1/channels/${id}`, { token })).status, 404)
  })
})
