// The only way out for messages: HTTP requests and sockets to allowed addresses, with a limit on time and on what the
// other side may answer. Redirects are not followed. Connections are kept, so that the next message goes at once.

import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { connect as connectSocket, type Socket } from 'node:net'
import { addressGuard, type AddressGuard } from './address-guard.ts'
import { checkLiteral, guardedLookup, systemResolve, type Resolve } from './guarded-lookup.ts'
import { httpRequest, type Answer, type OutgoingRequest } from './http-request.ts'

export type OutgoingOptions = {
  /** Hosts, addresses and networks that messages may go to although they are not public. */
  readonly allowPrivate: readonly string[]
  /** Certificates (PEM) that are trusted beside the usual ones. */
  readonly trusted?: readonly string[] | undefined
  readonly resolve?: Resolve
  /** Of a whole attempt. */
  readonly timeoutMs?: number
}

export type Outgoing = {
  /** @throws what the connection met with, TargetForbidden, or a time-out */
  request(request: OutgoingRequest, signal: AbortSignal): Promise<Answer>
  /** A socket in clear, for a protocol of its own. @throws the same */
  connect(target: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<Socket>
  /** What ends an attempt: the caller's signal, or the time that it has. */
  within(signal: AbortSignal): AbortSignal
  readonly tls: { readonly ca?: string[] }
  close(): void
}

const TIMEOUT_MS = 10_000
// Servers close idle connections after 5 s and more; a kept one that was closed costs a second try.
const IDLE_MS = 60_000
const SOCKETS_PER_HOST = 16
const SPARE_PER_HOST = 4

export function openOutgoing({ allowPrivate, trusted, resolve, timeoutMs }: OutgoingOptions): Outgoing {
  const guard = addressGuard(allowPrivate)
  const lookup = guardedLookup(guard, resolve ?? systemResolve)
  const tls = trusted ? { ca: [...trusted] } : {}
  const kept = {
    keepAlive: true,
    maxSockets: SOCKETS_PER_HOST,
    maxFreeSockets: SPARE_PER_HOST,
    timeout: IDLE_MS,
  }
  const agents = {
    http: new HttpAgent({ ...kept, lookup }),
    https: new HttpsAgent({ ...kept, ...tls, lookup }),
  }
  return {
    request: async (request, signal) => {
      checkLiteral(guard, request.url.hostname)
      return httpRequest(request, { agents, signal })
    },
    connect: (target, signal) => openSocket(target, { guard, lookup, signal }),
    within: (signal) => AbortSignal.any([signal, AbortSignal.timeout(timeoutMs ?? TIMEOUT_MS)]),
    tls,
    close: () => {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

type SocketOptions = {
  readonly guard: AddressGuard
  readonly lookup: ReturnType<typeof guardedLookup>
  readonly signal: AbortSignal
}

function openSocket(
  { host, port }: { readonly host: string; readonly port: number },
  { guard, lookup, signal }: SocketOptions,
): Promise<Socket> {
  checkLiteral(guard, host)
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port, lookup, signal })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}
