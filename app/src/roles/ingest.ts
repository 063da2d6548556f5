// The role `ingest`: needs the log and nothing else; it never asks PostgreSQL.

import { startIngest } from '@secumon/gateway/ingest/ingest'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Config } from '../config.ts'
import { Exit, exitCode } from '../exit.ts'
import { ingestHost } from '../ingest-url.ts'
import type { Platform } from '../platform.ts'
import { onPort } from './on-port.ts'
import type { RunningRole } from './role.ts'

export async function startIngestRole(platform: Platform): Promise<RunningRole> {
  const { config, clock, logger, registry } = platform
  const host = ingestHost(config)
  if (host !== config.host)
    logger.warn('without SECUMON_TLS_CERTIFICATE and SECUMON_TLS_KEY only agents of this machine can connect')
  const tls = await tlsMaterial(config)
  const log = await platform.log()
  const store = jetStreamEventStore(log)
  const common = { log, store, clock, logger, registry, shards: config.shards, gatewayId: randomUUID() }
  return onPort({ host, port: config.ingestPort, flag: '--ingest-port' }, () =>
    startIngest({ ...common, host, port: config.ingestPort, ...(tls && { tls }) }),
  )
}

async function tlsMaterial({ tlsCertificate, tlsKey }: Config) {
  if (tlsCertificate === undefined && tlsKey === undefined) return undefined
  if (tlsCertificate === undefined || tlsKey === undefined)
    throw new Exit(exitCode.configuration, 'SECUMON_TLS_CERTIFICATE and SECUMON_TLS_KEY go together')
  const [cert, key] = await Promise.all([tlsCertificate, tlsKey].map(readPem))
  return { cert: cert ?? '', key: key ?? '' }
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new Exit(exitCode.configuration, `${path} cannot be read`, { cause })
  }
}
