// Connections that are kept: straight to an address that the guard allows, or through a proxy.

import { Agent as HttpAgent, type AgentOptions } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { LookupFunction } from 'node:net'

export type Agents = { readonly http: HttpAgent; readonly https: HttpsAgent }

export type Trust = { readonly ca?: string[] }

// Servers close idle connections after 5 s and more; a kept one that was closed costs a second try.
const KEPT = {
  keepAlive: true,
  maxSockets: 16,
  maxFreeSockets: 4,
  timeout: 60_000,
} satisfies AgentOptions

export const directAgents = (lookup: LookupFunction, trust: Trust): Agents => ({
  http: new HttpAgent({ ...KEPT, lookup }),
  https: new HttpsAgent({ ...KEPT, ...trust, lookup }),
})

/** @param proxy its address, with user and password where it wants them */
export const proxyAgents = (proxy: string, trust: Trust): Agents => ({
  http: new HttpAgent({ ...KEPT, proxyEnv: { HTTP_PROXY: proxy } }),
  https: new HttpsAgent({ ...KEPT, ...trust, proxyEnv: { HTTPS_PROXY: proxy } }),
})

export function closeAgents({ http, https }: Agents): void {
  http.destroy()
  https.destroy()
}
