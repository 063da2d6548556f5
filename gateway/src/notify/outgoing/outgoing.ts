// The only way out for messages: HTTP requests and sockets to allowed addresses, with a limit on time and on what the
// other side may answer. Redirects are not followed. Connections are kept, so that the next message goes at once.

import { connect as connectSocket, type Socket } from 'node:net'
import { addressGuard, type AddressGuard } from './address-guard.ts'
import { closeAgents, directAgents, proxyAgents, type Trust } from './agents.ts'
import { checkLiteral, goesOutside, guardedLookup, systemResolve, type Resolve } from './guarded-lookup.ts'
import { httpRequest, type Answer, type OutgoingRequest } from './http-request.ts'

export type OutgoingOptions = {
  /** Hosts, addresses and networks that messages may go to although they are not public. */
  readonly allowPrivate: readonly string[]
  /** What requests to the outside go through; it has to look after private targets of its own. */
  readonly proxy?: string | undefined
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
  readonly trust: Trust
  close(): void
}

const TIMEOUT_MS = 10_000

export function openOutgoing(options: OutgoingOptions): Outgoing {
  const { proxy, trusted, timeoutMs = TIMEOUT_MS, resolve = systemResolve } = options
  const guard = addressGuard(options.allowPrivate)
  const lookup = guardedLookup(guard, resolve)
  const trust = trusted ? { ca: [...trusted] } : {}
  const direct = directAgents(lookup, trust)
  const proxied = proxy === undefined ? undefined : proxyAgents(proxy, trust)
  return {
    request: async (request, signal) => {
      const { hostname } = request.url
      checkLiteral(guard, hostname)
      const outside = proxied && (await goesOutside(guard, resolve, hostname))
      return httpRequest(request, { agents: outside ? proxied : direct, signal })
    },
    connect: (target, signal) => openSocket(target, { guard, lookup, signal }),
    within: (signal) => AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    trust,
    close: () => {
      closeAgents(direct)
      if (proxied) closeAgents(proxied)
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
