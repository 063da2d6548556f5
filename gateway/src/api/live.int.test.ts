import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { liveFleetSubject } from '@secumon/contracts/subjects'
import { DEAD, DISK, INCIDENT } from '@secumon/projections/alerts/testing/speech'
import { recordNight } from './testing/alerting-night.ts'
import { apiUnderTest, PASSWORD, type ApiUnderTest } from './testing/api-under-test.ts'
import { exampleAgent } from './testing/examples.ts'

describe('the running server', () => {
  let t: ApiUnderTest
  let cookie: string
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    t = await apiUnderTest({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
    await t.addUser('alice')
    await t.addUser('bob', 'b')
    cookie = await startSession('alice')
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  async function startSession(username: string): Promise<string> {
    const response = await fetch(`${t.api.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: t.api.url },
      body: JSON.stringify({ username, password: PASSWORD }),
    })
    return response.headers.get('set-cookie')?.split(';')[0] ?? ''
  }

  async function openStream(withCookie: string) {
    const leaving = new AbortController()
    const response = await fetch(`${t.api.url}/api/v1/live`, {
      headers: { cookie: withCookie, 'accept-encoding': 'gzip' },
      signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(20_000)]),
    })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'text/event-stream')
    assert.equal(response.headers.get('content-encoding'), null)
    assert.ok(response.body)
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    /** Reads until the pattern shows; the whole text so far, or undefined at the end of the stream. */
    const until = async (pattern: RegExp): Promise<string | undefined> => {
      while (!pattern.test(text)) {
        const { value, done } = await reader.read()
        if (done) return undefined
        text += value
      }
      return text
    }
    return { until, leave: () => leaving.abort(), text: () => text }
  }

  const publish = (tenant: string, id: string): void =>
    t.log.publishLive(liveFleetSubject(tenant), Buffer.from(JSON.stringify([exampleAgent(id)])))

  test('a change told over NATS reaches the browsers of its tenant and no other', async () => {
    const [mine, theirs] = [await openStream(cookie), await openStream(await startSession('bob'))]
    await mine.until(/event: platform/)
    await theirs.until(/event: platform/)
    // The subscription is on its way to the server: tell until it is heard.
    const telling = new AbortController()
    const told = (async () => {
      while (!telling.signal.aborted) {
        publish('main', 'OFMAIN')
        publish('b', 'OFB')
        await delay(50)
      }
    })()
    await mine.until(/event: fleet/)
    await theirs.until(/event: fleet/)
    telling.abort()
    await told
    assert.match(mine.text(), /OFMAIN/)
    assert.doesNotMatch(mine.text(), /OFB/)
    assert.match(theirs.text(), /OFB/)
    assert.doesNotMatch(theirs.text(), /OFMAIN/)
    mine.leave()
    theirs.leave()
  })

  test('what somebody does with an alert reaches the others, with their name; its incident and messages too', async () => {
    const token = await t.logIn('alice')
    await recordNight(t, token)
    const [mine, theirs] = [await openStream(cookie), await openStream(await startSession('bob'))]
    await mine.until(/event: platform/)
    await theirs.until(/event: platform/)
    const note = async (n: number) =>
      t.ask(`/api/v1/alerts/${DISK}/acknowledge`, { token, body: { note: `note ${n}` } })
    // The subscription is on its way to the server: until it is heard there are more.
    const heard = mine.until(/event: alerts[^\n]*\n[^\n]*"name":"alice"/)
    const done = heard.then(() => true)
    for (let n = 1; !(await Promise.race([done, delay(300, false)])); n++) await note(n)
    assert.match(mine.text(), new RegExp(`event: alerts\\ndata: \\[\\{"id":"${DISK}"`))
    await mine.until(new RegExp(`event: incidents\\ndata: \\[\\{"id":"${INCIDENT}".*"acknowledged":1`))
    assert.equal((await t.ask(`/api/v1/notifications/${DEAD}/retry`, { token, method: 'POST' })).status, 200)
    await mine.until(new RegExp(`event: notifications\\ndata: \\[\\{"id":"${DEAD}".*"state":"due"`))
    assert.doesNotMatch(theirs.text(), /event: (alerts|incidents|notifications)/)
    mine.leave()
    theirs.leave()
  })

  test('a browser that has gone is noticed', async () => {
    const stream = await openStream(cookie)
    await stream.until(/retry/)
    const open = async (): Promise<string> =>
      (await t.ask('/metrics', { address: '127.0.0.1' })).body as string
    assert.match(await open(), /live_connections_count [1-9]/)
    stream.leave()
    const untilMs = Date.now() + 5_000
    while (!/live_connections_count 0/.test(await open())) {
      assert.ok(Date.now() < untilMs)
      await delay(20)
    }
  })

  test('a logout ends the stream of its cookie at once, and only that', async () => {
    const leaver = await startSession('alice')
    const [mine, other] = [await openStream(leaver), await openStream(cookie)]
    await mine.until(/event: platform/)
    const left = await fetch(`${t.api.url}/api/v1/session`, {
      method: 'DELETE',
      headers: { cookie: leaver, origin: t.api.url },
    })
    assert.equal(left.status, 200)
    assert.equal(await mine.until(/never/), undefined, 'the stream ended')
    assert.doesNotMatch(mine.text(), /event: ping/, 'before anything else was said')
    assert.ok(await other.until(/event: platform/))
    other.leave()
  })

  test('garbage instead of HTTP is answered and closed', async () => {
    const { port } = new URL(t.api.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('\u0000\u0001\u0002 not http\r\n\r\n')
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk)
    assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 400/)
    assert.equal((await fetch(`${t.api.url}/health`)).status, 200)
  })

  test('a body that is too long is refused while it comes, and the server lives', async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(16 * 1024))
      },
    })
    const response = await fetch(`${t.api.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      duplex: 'half',
    }).catch((error: unknown) => error)
    if (response instanceof Response) assert.equal(response.status, 413)
    assert.equal((await fetch(`${t.api.url}/health`)).status, 200)
  })

  test('a stop takes less than five seconds with a stream and an idle connection open', async () => {
    const stream = await openStream(cookie)
    await stream.until(/retry/)
    const idle = connect(Number(new URL(t.api.url).port), '127.0.0.1')
    idle.on('error', () => undefined)
    const startMs = performance.now()
    await t.api.stop()
    assert.ok(performance.now() - startMs < 5_000)
    assert.equal(await stream.until(/never/), undefined, 'the stream ended in order')
    idle.destroy()
    await assert.rejects(fetch(`${t.api.url}/health`))
  })
})
