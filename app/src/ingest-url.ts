// Where agents are told to connect: the configured address, else this machine's as it listens.

import { hostname } from 'node:os'
import type { Config } from './config.ts'

type Listening = Pick<Config, 'host' | 'ingestPort' | 'ingestUrl' | 'tlsCertificate'>

/** Where ingest listens: without a certificate on this machine only, whatever the API does. */
export const ingestHost = ({ host, tlsCertificate }: Pick<Listening, 'host' | 'tlsCertificate'>): string =>
  isLoopback(host) || tlsCertificate !== undefined ? host : '127.0.0.1'

/** TLS where there is a certificate; on loopback without one HTTP/2 in clear. */
export function ingestUrl(config: Listening): string {
  const { ingestPort, ingestUrl: configured, tlsCertificate } = config
  if (configured !== undefined) return configured
  const host = ingestHost(config)
  if (tlsCertificate === undefined) return `http://${host.includes(':') ? `[${host}]` : host}:${ingestPort}`
  const name = host === '0.0.0.0' || host === '::' || isLoopback(host) ? hostname() : host
  return `https://${name}:${ingestPort}`
}

/** Whether only this machine reaches the address. */
export const isLoopback = (host: string): boolean => /^(127\.|::1$|localhost$)/.test(host)
