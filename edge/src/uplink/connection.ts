// One HTTP/2 connection to a gateway, for one stream. It pings, so that a dead link is found out.

import { createClient, type Client } from '@connectrpc/connect'
import { createConnectTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { IngestService } from '@secumon/contracts/gen/ingest'
import { TLSSocket } from 'node:tls'
import { dial, DialFailed, type DialOptions } from './dial.ts'

export type Connection = {
  readonly client: Client<typeof IngestService>
  close(): void
}

export type ConnectionOptions = Omit<DialOptions, 'protocols'> & {
  readonly pingIntervalMs: number
  readonly pingTimeoutMs: number
}

/** Answers are small; a gateway that sends more is not one of ours. */
const MAX_ANSWER_BYTES = 256 * 1024

/** @throws DialFailed or BadProxy */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { url, pingIntervalMs, pingTimeoutMs } = options
  const socket = await dial({ ...options, protocols: ['h2'] })
  if (socket instanceof TLSSocket && socket.alpnProtocol !== 'h2') {
    socket.destroy()
    throw new DialFailed(`${url.host} does not speak HTTP/2`)
  }
  // The manager may ask for a second connection after the first died; this stream is over then.
  let isTaken = false
  const createConnection = (): typeof socket => {
    if (isTaken) socket.destroy()
    isTaken = true
    return socket
  }
  const sessionManager = new Http2SessionManager(url, { pingIntervalMs, pingTimeoutMs }, { createConnection })
  const transport = createConnectTransport({
    baseUrl: url.href,
    httpVersion: '2',
    sessionManager,
    acceptCompression: [],
    readMaxBytes: MAX_ANSWER_BYTES,
  })
  return {
    client: createClient(IngestService, transport),
    close: () => {
      sessionManager.abort()
      socket.destroy()
    },
  }
}
