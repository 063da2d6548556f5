// The ingest service: admits signed records from agents into the log.

import { Code, ConnectError } from '@connectrpc/connect'
import type { Clock } from '@secumon/domain/clock'
import type { EventStore } from '@secumon/domain/event-store'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { setTimeout as delay } from 'node:timers/promises'
import { sayAlive } from './alive.ts'
import { Budget } from './budget.ts'
import { DurableLanes } from './durable-lanes.ts'
import type { Gateway } from './gateway.ts'
import { Identities } from './identities.ts'
import { identityCommands } from './identity-commands.ts'
import { DEFAULT_LIMITS, type IngestLimits } from './limits.ts'
import { ingestMetrics } from './metrics.ts'
import { listen, type ServerOptions, type TlsMaterial } from './server.ts'
import { Session } from './session.ts'
import { Sessions } from './sessions.ts'
import { createVerifier } from './verifier.ts'

export type IngestOptions = {
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
  /** Needed off loopback. */
  readonly tls?: TlsMaterial
  readonly log: EventLog
  readonly store: EventStore
  readonly shards: number
  readonly clock: Clock
  readonly logger: Logger
  readonly registry: Registry
  readonly limits?: Partial<IngestLimits>
  /** Names this process in its signs of life: started again, it hears with other ears, and must have another name. */
  readonly gatewayId: string
}

export type IngestHealth = { readonly status: 'healthy' | 'degraded'; readonly detail: string }

export type Ingest = {
  readonly url: string
  /** Takes nothing more, settles what is being published, sends every agent away. Within `stopTimeoutMs`. */
  stop(): Promise<void>
  health(): IngestHealth
}

/**
 * Folds the identities, then listens.
 * @throws TlsRequired off loopback without a certificate; Error when the port is taken
 */
export async function startIngest(options: IngestOptions): Promise<Ingest> {
  const gateway = createGateway(options)
  const { identities, sessions, limits, logger } = gateway
  await identities.start()
  const server = await listen({ ...options, limits, serve: serveStream(gateway) }).catch(async (error) => {
    await identities.stop()
    throw error
  })
  const stopTimers = startTimers(gateway, options.gatewayId)
  logger.info({ url: server.url, identities: identities.size }, 'ingest listens')
  return {
    url: server.url,
    health: () => healthOf(gateway),
    async stop() {
      stopTimers()
      server.refuse()
      await Promise.race([
        sessions.leave('the gateway is stopping'),
        delay(limits.stopTimeoutMs, undefined, { ref: false }),
      ])
      await server.close()
      gateway.durable.close()
      await identities.stop()
    },
  }
}

function createGateway(options: IngestOptions): Gateway {
  const { log, clock, shards, logger, registry, store } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const sessions = new Sessions()
  const budget = new Budget(limits)
  const identities = new Identities({ log, logger, onChange: (known) => sessions.identityChanged(known) })
  const metrics = ingestMetrics(registry, {
    streams: () => sessions.size,
    inFlight: () => budget.inFlight,
    queuedBytes: () => budget.queuedBytes,
    identities: () => identities.size,
  })
  const verifier = createVerifier(limits.verifyInPlace, metrics)
  const durable = new DurableLanes({ log, shards, logger, limits })
  const commands = identityCommands(store, clock)
  const context = { log, clock, limits, shards, budget, verifier, durable, metrics }
  return { ...context, identities, commands, sessions, logger }
}

const serveStream =
  (gateway: Gateway): ServerOptions['serve'] =>
  (carrier) => {
    const { sessions, limits } = gateway
    if (sessions.opening >= limits.maxOpening)
      throw new ConnectError('too many streams are being opened', Code.ResourceExhausted)
    return new Session(gateway, carrier)
  }

function startTimers(gateway: Gateway, gatewayId: string): () => void {
  const { log, limits, sessions, logger } = gateway
  const sweep = (): void => void sessions.sweep()
  const alive = (): void =>
    void sayAlive(gateway, gatewayId).catch((error: unknown) =>
      logger.error({ err: error }, 'no sign of life'),
    )
  const timers = [setInterval(sweep, limits.sweepIntervalMs), setInterval(alive, limits.aliveIntervalMs)]
  alive()
  let connection = log.connectionNumber
  const forget = log.onChange(() => {
    if (log.trouble !== undefined || log.connectionNumber === connection) return
    connection = log.connectionNumber
    sweep()
  })
  return () => {
    forget()
    for (const timer of timers) clearInterval(timer)
  }
}

function healthOf({ log, identities }: Gateway): IngestHealth {
  if (log.trouble !== undefined)
    return { status: 'degraded', detail: `agents wait: the log is ${log.trouble}` }
  if (!identities.following) return { status: 'degraded', detail: 'the log of identities is not being read' }
  return { status: 'healthy', detail: 'ingest takes records' }
}
