// Stands between a client and nats-server and loses what it is told to lose: a fault of the server or of the way to it.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import type { Scope } from './servers.ts'

export type NatsLosses = {
  /** Looks at a frame of the protocol with its payload; true loses it. */
  readonly fromClient?: (frame: string) => boolean
  readonly fromServer?: (frame: string) => boolean
}

/** Returns the URL of the proxy, which ends with the test. */
export async function lossyNats(scope: Scope, port: number, losses: NatsLosses): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    client.pipe(frameFilter(losses.fromClient)).pipe(upstream)
    upstream.pipe(frameFilter(losses.fromServer)).pipe(client)
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      sockets.add(one.on('error', () => other.destroy()).on('close', () => other.destroy()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  scope.after(async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function frameFilter(isLost: (frame: string) => boolean = () => false): Transform {
  let rest = Buffer.alloc(0)
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      rest = Buffer.concat([rest, chunk])
      for (let length = frameLength(rest); length > 0; length = frameLength(rest)) {
        const frame = rest.subarray(0, length)
        rest = rest.subarray(length)
        if (!isLost(frame.toString('latin1'))) this.push(frame)
      }
      done()
    },
  })
}

// https://docs.nats.io/reference/reference-protocols/nats-protocol: a line, and after some of them a payload whose size
// is the line's last word.
function frameLength(bytes: Buffer): number {
  const line = bytes.indexOf('\r\n')
  if (line === -1) return 0
  const words = bytes.toString('latin1', 0, line).split(' ')
  const hasPayload = /^H?(PUB|MSG)$/.test(words[0] ?? '')
  const length = line + 2 + (hasPayload ? Number(words.at(-1)) + 2 : 0)
  return bytes.length < length ? 0 : length
}
