// One HTTP/2 connection to a gateway, for one stream. It pings, so that a dead link is found out.

import { createClient, type Client } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { IngestService } from '@secumon/contracts/gen/ingest'
import { TLSSocket } from 'node:tls'
import { dial, DialFailed, type DialOptions } from './dial.ts'
import { Http2Session, type Pinging } from './http2-session.ts'

export type Connection = {
  readonly client: Client<typeof IngestService>
  close(): void
}

export type ConnectionOptions = Omit<DialOptions, 'protocols'> & Pinging

/** Answers are small; a gateway that sends more is not one of ours. */
const MAX_ANSWER_BYTES = 256 * 1024

/** @throws DialFailed or BadProxy */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { url } = options
  const socket = await dial({ ...options, protocols: ['h2'] })
  if (socket instanceof TLSSocket && socket.alpnProtocol !== 'h2') {
    socket.destroy()
    throw new DialFailed(`${url.host} does not speak HTTP/2`)
  }
  const sessionManager = new Http2Session(url, socket, options)
  const transport = createConnectTransport({
    baseUrl: url.href,
    httpVersion: '2',
    sessionManager,
    acceptCompression: [],
    readMaxBytes: MAX_ANSWER_BYTES,
  })
  return {
    client: createClient(IngestService, transport),
    close: () => sessionManager.close(),
  }
}
