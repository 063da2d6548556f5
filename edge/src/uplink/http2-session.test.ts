import { Code, ConnectError } from '@connectrpc/connect'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttp2Server, type ClientHttp2Stream } from 'node:http2'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { test, type TestContext } from 'node:test'
import { Http2Session } from './http2-session.ts'

const PINGING = { pingIntervalMs: 20, pingTimeoutMs: 10_000 }

async function sessionWith(t: TestContext, server: Server, pinging = PINGING): Promise<Http2Session> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  t.after(() => {
    socket.destroy()
    server.close()
  })
  return new Http2Session(new URL(`http://127.0.0.1:${port}`), socket, pinging)
}

const failureOf = async (stream: ClientHttp2Stream): Promise<unknown> =>
  new Promise((resolve) => stream.once('error', resolve))

test('a peer that says nothing ends the stream, and nothing else', async (t) => {
  const silent = createServer((socket) => void socket.on('error', () => undefined).resume())
  const session = await sessionWith(t, silent, { pingIntervalMs: 20, pingTimeoutMs: 20 })
  const stream = await session.request('POST', '/', {})
  const failure = await failureOf(stream)
  assert.ok(failure instanceof ConnectError && failure.code === Code.Unavailable)
  await assert.rejects(session.request('POST', '/', {}), /closed/)
  session.close()
})

test('while the peer answers the stream stays; closing ends it', async (t) => {
  const server = createHttp2Server()
  server.on('sessionError', () => undefined)
  server.on('stream', (received) => received.on('error', () => undefined))
  const pinged = new Promise<void>((resolve) => {
    let pings = 0
    server.on('session', (peer) => peer.on('ping', () => ++pings === 3 && resolve()))
  })
  const session = await sessionWith(t, server)
  const stream = await session.request('POST', '/', {})
  await pinged
  assert.equal(stream.destroyed, false)
  const failure = failureOf(stream)
  session.close()
  assert.ok((await failure) instanceof ConnectError)
})

test('a connection that breaks while a ping is under way ends the stream, and nothing else', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    let chunks = 0
    // The preface is the first thing that is read, the ping comes after the request.
    socket.on('data', () => ++chunks === 2 && socket.resetAndDestroy())
  })
  const session = await sessionWith(t, server)
  const stream = await session.request('POST', '/', {})
  assert.ok((await failureOf(stream)) instanceof Error)
})
