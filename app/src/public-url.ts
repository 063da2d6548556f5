// Where people reach the interface: what links in messages begin with.

import { hostname } from 'node:os'
import type { Config } from './config.ts'
import { isLoopback } from './ingest-url.ts'

/** The configured address, else this machine's as the API listens; without a slash at its end. */
export function publicUrl({
  publicUrl: configured,
  host,
  port,
}: Pick<Config, 'publicUrl' | 'host' | 'port'>): string {
  if (configured !== undefined) return configured.replace(/\/+$/, '')
  return `http://${isLoopback(host) ? 'localhost' : hostname()}:${port}`
}
