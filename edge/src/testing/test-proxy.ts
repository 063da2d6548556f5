// A CONNECT proxy for tests: knows one name, which no DNS does, and where it leads.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'

export type TestProxy = {
  readonly url: string
  /** Of every CONNECT: where to, and with which credentials. */
  readonly asked: { target: string; authorization: string | undefined }[]
  /** Status to answer instead of connecting; 0 for no answer at all. */
  refuse: number | undefined
  close(): Promise<void>
}

export async function startTestProxy(leads: Readonly<Record<string, number>>): Promise<TestProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((_, response) => response.writeHead(405).end())
  const proxy: TestProxy = {
    asked: [],
    refuse: undefined,
    get url() {
      const address = server.address()
      assert(address && typeof address === 'object')
      return `http://user:p%40ss@127.0.0.1:${address.port}`
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.on('connect', (request, client: Socket, head) => {
    const target = request.url ?? ''
    proxy.asked.push({ target, authorization: request.headers['proxy-authorization'] })
    const port = leads[target]
    client.on('error', () => undefined)
    if (proxy.refuse === 0) return
    if (proxy.refuse !== undefined || port === undefined)
      return void client.end(`HTTP/1.1 ${proxy.refuse ?? 502} No\r\n\r\n`)
    const server = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connected\r\n\r\n')
      server.write(head)
      server.pipe(client).pipe(server)
    })
    sockets.add(server)
    server.on('error', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return proxy
}
