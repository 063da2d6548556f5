// Ports of the loopback interface for the servers we start: the one they had last time, or one nobody has.

import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

// Where systems do not look for ports of outgoing connections: one of those could take a port before its server listens.
const [FIRST, END] = [20_000, 32_000]
const TRIES = 20

/** A TCP port of the loopback interface that nobody has now. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = await tryListen(randomInt(FIRST, END), '127.0.0.1')
    if (port !== undefined) return port
  }
  const port = await tryListen(0, '127.0.0.1')
  if (port === undefined) throw new Error('this machine has no free port')
  return port
}

/** Whether the port can be taken on that address now. */
export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return (await tryListen(port, host)) !== undefined
}

/** The preferred port when nobody has it, else a free one. */
export async function preferPort(preferred: number | undefined): Promise<number> {
  return preferred !== undefined && (await isPortFree(preferred)) ? preferred : freePort()
}

async function tryListen(port: number, host: string): Promise<number | undefined> {
  const server = createServer()
  try {
    server.listen({ port, host, exclusive: true })
    await once(server, 'listening')
    const address = server.address()
    return address === null || typeof address === 'string' ? undefined : address.port
  } catch {
    return undefined
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
}
