// A service that messages are sent to, on this machine: it keeps what it was sent and answers as it is told.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Received = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The text as JSON. */
  readonly body: unknown
}

export type Answering = (response: ServerResponse, received: Received) => void

export type Receiver = {
  readonly port: number
  readonly received: Received[]
  /** Connections that were opened to it. */
  readonly connections: number
  answering: Answering
  close(): Promise<void>
}

export type TlsFiles = { readonly key: string; readonly cert: string }

/** Answers 200 `ok` until it is told otherwise. */
export async function startReceiver(tls?: TlsFiles): Promise<Receiver> {
  const received: Received[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void taken(request).then((one) => {
      received.push(one)
      receiver.answering(response, one)
    })
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    port: (server.address() as AddressInfo).port,
    received,
    get connections() {
      return connections
    },
    answering: (response) => response.end('ok'),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
  return receiver
}

async function taken(request: IncomingMessage): Promise<Received> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const text = Buffer.concat(parts).toString()
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    text,
    body: parsed(text),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A key and a certificate that nobody has signed, for some names, good for two days. */
export function selfSigned(...names: readonly string[]): TlsFiles {
  const directory = mkdtempSync(join(tmpdir(), 'secumon-notify-'))
  try {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
    const alternatives = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', '2']
    const subject = ['-subj', `/CN=${names[0] ?? 'test'}`, '-addext', alternatives]
    execFileSync('openssl', ['req', '-x509', '-nodes', ...curve, '-keyout', key, '-out', cert, ...subject], {
      stdio: 'ignore',
    })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
