// Everything that decides and tells, in this process as far as it is this process's to do: shards to evaluate, parts of
// the tenants to tell of, chores. Each is one part of the work that all alerters share.

import type { Clock } from '@secumon/domain/clock'
import type { EventStore } from '@secumon/domain/event-store'
import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import type { Database } from '@secumon/infra/database/database'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Lease } from '@secumon/infra/log/lease'
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { sharedReading } from '../shared-reading.ts'
import { evaluateShard } from './evaluate/evaluate.ts'
import { evaluateMetrics } from './evaluate/evaluate-metrics.ts'
import { notifyMetrics } from './notify/notify-metrics.ts'
import { NOTIFY } from './notify/notify-state.ts'
import { notifyPart } from './notify/notify.ts'
import type { Send } from './notify/deliver.ts'
import { ALERTERS } from './part-failures.ts'
import { shareWork } from './shared-work.ts'

/** Tenants are told of in so many parts. */
export const NOTIFY_PARTS = 4

/** Work of its own lease. */
export type Part = { readonly name: string; readonly run: (lease: Lease) => Promise<void> }

export type AlertingOptions = {
  readonly log: EventLog
  readonly store: EventStore
  readonly db: Database
  readonly keys: ArchiveKeys
  readonly clock: Clock
  readonly logger: Logger
  readonly registry: Registry
  readonly shards: number
  readonly send: Send
  /** Messages a minute that a kind of channel takes. */
  readonly ratePerMinute: (kind: string) => number
  /** Done by one of all processes, again and again, beside the rest. */
  readonly chores: readonly Part[]
  /** How long the work of a process that died waits for another, ms. */
  readonly leaseTtlMs?: number
  readonly savePeriodMs?: number
}

export type Doing = {
  /** Names of what is done here now. */
  readonly parts: readonly string[]
  /** Which of it only builds its state yet. */
  readonly warming: readonly string[]
  /** Tenants of whom nobody can be told, by a defect of ours. */
  readonly failing: number
}

export type Alerting = {
  readonly stop: () => Promise<void>
  readonly doing: () => Doing
}

export function startAlerting(options: AlertingOptions): Alerting {
  const { db, logger, registry, shards, leaseTtlMs: ttlMs, log } = options
  const stopping = new AbortController()
  const warming = new Set<string>()
  const doing = new Set<string>()
  const failing = new Map<string, number>()
  const common = {
    ...options,
    log: Object.assign(sharedReading(log), {
      lastMessage: (stream: string, subject: string) => log.lastMessage(stream, subject),
    }),
    onWarming: (part: string, isWarming: boolean) => void warming[isWarming ? 'add' : 'delete'](part),
    onFailing: (part: string, tenants: number) => void failing.set(part, tenants),
  }
  const evaluate = { ...common, metrics: evaluateMetrics(registry) }
  const worker = `${hostname()}/${process.pid}/${randomUUID()}`
  const notify = { ...common, metrics: notifyMetrics(registry), parts: NOTIFY_PARTS, worker }
  const parts: Part[] = [
    ...each(shards, (shard) => named(`evaluate-${shard}`, (lease) => evaluateShard(evaluate, shard, lease))),
    ...each(NOTIFY_PARTS, (part) => named(`${NOTIFY}-${part}`, (lease) => notifyPart(notify, part, lease))),
    ...options.chores,
  ]
  const sharing = {
    database: db,
    group: ALERTERS,
    parts: parts.map(({ name }) => name),
    signal: stopping.signal,
    logger,
    ...(ttlMs !== undefined && { ttlMs }),
  }
  const done = shareWork(sharing, async (i, lease) => {
    const part = parts[i]
    if (!part) return
    doing.add(part.name)
    await part.run(lease).finally(() => doing.delete(part.name))
  })
  return {
    stop: async () => {
      stopping.abort()
      await done
    },
    doing: () => ({
      parts: [...doing],
      warming: [...warming],
      failing: [...failing.values()].reduce((sum, tenants) => sum + tenants, 0),
    }),
  }
}

const named = (name: string, run: Part['run']): Part => ({ name, run })

const each = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))
