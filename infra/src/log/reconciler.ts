// Lets appends begin: whenever the log meets a server it does not know (after each start of a nats-server), compares
// it with the archive, mends it, and stamps the server.

import type { Registry } from 'prom-client'
import type { NatsEventLog } from '../eventlog/nats-event-log.ts'
import { withLease } from './lease.ts'
import { pause } from './pause.ts'
import { reconcileLog, type ReconcileLogDeps } from './reconcile-log.ts'
import { reconcileMetrics, type ReconcileMetrics } from './reconcile-metrics.ts'

const LEASE_TTL_MS = 15_000
const RETRY_MS = 1_000
/** Servers of one cluster that can be waiting at once. */
const MAX_WANTED = 64

export type ReconcilerDeps = ReconcileLogDeps & { readonly registry: Registry }

/** Reconciles and stamps until stopped, under the lease `reconcile`. */
export function startReconciler(deps: ReconcilerDeps): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const wanted = new WantedServers(deps.log)
  const metrics = reconcileMetrics(deps.registry)
  const done = reconcileWanted({ ...deps, wanted, metrics }, stopping.signal)
  return {
    stop: () => {
      stopping.abort()
      wanted.close()
      return done
    },
  }
}

/** Ids of servers without a stamp, our own first. */
class WantedServers {
  readonly #log: NatsEventLog
  readonly #ids = new Set<string>()
  readonly #forget: readonly (() => void)[]
  #wake: (() => void) | undefined

  constructor(log: NatsEventLog) {
    this.#log = log
    this.#forget = [log.upkeep.onReconcileWanted((id) => this.#add(id)), log.onChange(() => this.#addOwn())]
    this.#addOwn()
  }

  /** Waits for servers to stamp; empty when the signal came first. */
  async next(signal: AbortSignal): Promise<readonly string[]> {
    const wake = () => this.#wake?.()
    signal.addEventListener('abort', wake, { once: true })
    while (this.#ids.size === 0 && !signal.aborted)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    signal.removeEventListener('abort', wake)
    return [...this.#ids]
  }

  done(ids: readonly string[]): void {
    for (const id of ids) this.#ids.delete(id)
  }

  close(): void {
    for (const forget of this.#forget) forget()
  }

  #addOwn(): void {
    const { serverId, trouble } = this.#log
    if (serverId !== undefined && trouble === 'not_reconciled') this.#add(serverId)
  }

  #add(id: string): void {
    if (this.#ids.size < MAX_WANTED) this.#ids.add(id)
    this.#wake?.()
  }
}

type Reconciling = ReconcilerDeps & { readonly wanted: WantedServers; readonly metrics: ReconcileMetrics }

async function reconcileWanted(context: Reconciling, signal: AbortSignal): Promise<void> {
  const { wanted, logger, database } = context
  const lease = { database, name: 'reconcile', ttlMs: LEASE_TTL_MS, signal, logger }
  while (!signal.aborted) {
    const ids = await wanted.next(signal)
    if (ids.length === 0) return
    try {
      await withLease(lease, (held) => reconcileServers(context, ids, held.signal))
    } catch (error) {
      if (signal.aborted) return
      logger.warn({ err: error }, 'the log cannot be reconciled yet')
      await pause(RETRY_MS, signal)
    }
  }
}

// What another process stamped while this one waited for the lease needs no second comparison.
async function reconcileServers(
  context: Reconciling,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { log, logger, wanted, metrics } = context
  const open = await unstamped(log, ids)
  const startedMs = performance.now()
  const report = open.length > 0 ? await reconcileLog(context, signal) : undefined
  for (const id of open) await log.upkeep.stamp(id)
  wanted.done(ids)
  if (!report) return
  metrics.count(report)
  const durationMs = Math.round(performance.now() - startedMs)
  logger.info({ ...report, durationMs, servers: open }, 'the log is reconciled with its archive')
}

async function unstamped(log: NatsEventLog, ids: readonly string[]): Promise<string[]> {
  const open: string[] = []
  for (const id of ids) if (!(await log.upkeep.isStamped(id))) open.push(id)
  return open
}
