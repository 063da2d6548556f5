// What the server side of the Connect stream says before any message: by HTTP status, or by how the stream ends.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2'
import { test } from 'node:test'
import { testGateway } from './testing/test-gateway.ts'

const ours = {
  ':path': '/secumon.v1.IngestService/Stream',
  ':method': 'POST',
  'content-type': 'application/connect+proto',
}

async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body: Buffer) {
  const stream = session.request(headers)
  let status: number | undefined
  const heard: Buffer[] = []
  stream.on('response', (response) => (status = response[':status']))
  stream.on('data', (chunk: Buffer) => heard.push(chunk))
  stream.end(body)
  await once(stream, 'close')
  return { status, text: Buffer.concat(heard).toString('latin1') }
}

const cases: [string, OutgoingHttpHeaders, Buffer, number, RegExp][] = [
  ['another path', { ...ours, ':path': '/other' }, Buffer.alloc(0), 404, /^$/],
  ['another method', { ...ours, ':method': 'PUT' }, Buffer.alloc(0), 405, /^$/],
  ['another content type', { ...ours, 'content-type': 'application/grpc' }, Buffer.alloc(0), 415, /^$/],
  ['an encoding', { ...ours, 'connect-content-encoding': 'gzip' }, Buffer.alloc(0), 200, /"unimplemented"/],
  ['a bad deadline', { ...ours, 'connect-timeout-ms': 'x' }, Buffer.alloc(0), 200, /"invalid_argument"/],
  ['a good deadline', { ...ours, 'connect-timeout-ms': '60000' }, Buffer.alloc(0), 200, /\{\}$/],
  ['a compressed message', ours, Buffer.of(1, 0, 0, 0, 1, 0), 200, /"invalid_argument".*compressed/],
  ['half a message', ours, Buffer.of(0, 0, 0, 0, 9, 0), 200, /"invalid_argument".*half a message/],
  ['a message beyond the limit', ours, Buffer.of(0, 9, 0, 0, 0), 200, /"resource_exhausted"/],
]

test('what cannot be served is answered in the terms of the protocol', async (t) => {
  const gateway = await testGateway(t)
  const session = connect(gateway.ingest.url)
  t.after(() => session.close())
  for (const [what, headers, body, status, text] of cases) {
    const answer = await ask(session, headers, body)
    assert.equal(answer.status, status, what)
    assert.match(answer.text, text, what)
  }
})
