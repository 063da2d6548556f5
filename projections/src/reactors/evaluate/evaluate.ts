// The evaluators: each shard's telemetry judged in order by one process, under a lease. What they decide depends on the
// log alone, however it is cut and wherever they start again: a decision that comes twice has the same id, and is there
// once.

import { EVENTS_STREAM, laneStream, shardOf, type EventSubject } from '@secumon/contracts/subjects'
import type { Clock } from '@secumon/domain/clock'
import type { EventStore } from '@secumon/domain/event-store'
import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import type { Database } from '@secumon/infra/database/database'
import type { Lease } from '@secumon/infra/log/lease'
import type { Logger } from 'pino'
import { untilReadable } from '../../log-readable.ts'
import { AppendQueue } from '../append-queue.ts'
import { FoldSaver } from '../fold-saver.ts'
import { openedEvents } from '../opened-events.ts'
import type { EvaluateMetrics } from './evaluate-metrics.ts'
import { judgeTelemetry } from './judge-telemetry.ts'
import { RuleFeed } from './rule-feed.ts'
import { ShardJudge } from './shard-judge.ts'
import {
  EVALUATE,
  EVALUATE_CODE_VERSION,
  loadShard,
  type EvaluateLog,
  type ShardState,
} from './shard-state.ts'
import { OpenAlerts } from './open-alerts.ts'

export type EvaluateOptions = {
  readonly log: EvaluateLog
  readonly store: EventStore
  readonly db: Database
  readonly keys: ArchiveKeys
  readonly clock: Clock
  readonly logger: Logger
  readonly shards: number
  readonly metrics: { of(shard: number): EvaluateMetrics }
  /** Between two saves of the state, at the least. */
  readonly savePeriodMs?: number
  /** What saving may take when it is told to stop; 0: it does not save then. */
  readonly lastSaveMs?: number
  /** Between two changes of the rules in force, at the least. */
  readonly activationPeriodMs?: number
  /** Called when it begins, and ends, to build the state of `evaluate-<shard>` from the log. */
  readonly onWarming?: (part: string, warming: boolean) => void
}

/** What the parts of one term of one shard share. */
export type Term = EvaluateOptions & {
  readonly shard: number
  readonly stream: string
  readonly state: ShardState
  readonly feed: RuleFeed
  readonly judge: ShardJudge
  readonly queue: AppendQueue
  readonly saver: FoldSaver
  readonly meters: EvaluateMetrics
  /** Alerts by EVENTS; undefined where the state knows them. */
  readonly open: OpenAlerts | undefined
  /** The connection under which the places were found. */
  readonly connectionNumber: number
  /** Ends the judging. */
  readonly signal: AbortSignal
  /** Ends the appending of what was decided, after it. */
  readonly ended: AbortSignal
  readonly lease: Lease
}

/**
 * Judges a shard for as long as the lease is held.
 * @throws what ends the term: log or database went away, another process leads. Its decisions are derived again then
 */
export async function evaluateShard(options: EvaluateOptions, shard: number, lease: Lease): Promise<void> {
  await untilReadable(options.log, lease.signal)
  if (lease.signal.aborted) return
  const stop = new AbortController()
  const end = new AbortController()
  const signal = AbortSignal.any([lease.signal, stop.signal])
  const term = await beginTerm(options, shard, { signal, ended: end.signal, lease })
  try {
    await Promise.all(
      [readEvents(term), judgeTelemetry(term)].map((part) => part.finally(() => stop.abort())),
    )
  } finally {
    stop.abort()
    end.abort()
    await term.saver.idle()
    options.onWarming?.(`${EVALUATE}-${shard}`, false)
    term.meters.warming.set(0)
  }
}

type Ends = Pick<Term, 'signal' | 'ended' | 'lease'>

async function beginTerm(options: EvaluateOptions, shard: number, ends: Ends): Promise<Term> {
  const { log, db, clock, metrics, savePeriodMs: periodMs } = options
  const logger = options.logger.child({ reactor: EVALUATE, shard })
  const meters = metrics.of(shard)
  const { connectionNumber } = log
  const state = await loadShard({ db, log, shard })
  tellOf(state, logger, meters)
  const key = { reactor: EVALUATE, partition: shard }
  const saver = { db, key, codeVersion: EVALUATE_CODE_VERSION, fence: ends.lease.fence, clock }
  return {
    ...options,
    ...ends,
    logger,
    shard,
    stream: laneStream('telemetry', shard),
    state,
    connectionNumber,
    meters,
    feed: new RuleFeed({ ...state, shard, onMismatch: (version) => mismatch(logger, meters, version) }),
    judge: new ShardJudge(state.evaluator, state.judge),
    queue: new AppendQueue({
      logger,
      signal: ends.ended,
      onRefused: (error) => refused(logger, meters, error),
    }),
    saver: new FoldSaver({ ...saver, ...(periodMs !== undefined && { periodMs }) }),
    open: state.origin === 'lost' ? new OpenAlerts() : undefined,
  }
}

function tellOf({ rolledBack, missed }: ShardState, logger: Logger, meters: EvaluateMetrics): void {
  if (rolledBack) {
    meters.rollbacks.inc()
    logger.error('the log was rolled back behind what was judged; reading again from an older place')
  }
  if (missed > 0) {
    meters.missed.inc(missed)
    logger.error(
      { messages: missed },
      'nobody evaluated for so long that the log let go of telemetry: it is never judged',
    )
  }
}

function mismatch(logger: Logger, meters: EvaluateMetrics, version: number): void {
  meters.mismatches.inc()
  logger.error({ version }, 'these rules are not those that were activated: the log is not what it was')
}

function refused(logger: Logger, meters: EvaluateMetrics, error: Error): void {
  meters.refused.inc()
  logger.error({ err: error }, 'an alert refused a decision')
}

async function readEvents(term: Term): Promise<void> {
  const { log, state, feed, open, signal, connectionNumber } = term
  const start = state.events.position + 1
  const options = { wanted: wantedBy(term), keys: term.keys, logger: term.logger }
  for await (const messages of log.consume(EVENTS_STREAM, { start, signal, connectionNumber })) {
    const facts = await openedEvents(messages, options)
    open?.read(facts)
    feed.read(facts, messages.at(-1)?.position ?? feed.readTo)
  }
}

/** Rules of all tenants, agents of the shard, and what its evaluator did. */
function wantedBy({ shard, shards, open }: Term): (subject: EventSubject) => boolean {
  const ours = `shard-${shard}`
  return ({ aggregate, id }) => {
    if (aggregate === 'rule') return true
    if (aggregate === 'agent') return shardOf(id, shards) === shard
    return aggregate === 'evaluator' ? id === ours : aggregate === 'alert' && open !== undefined
  }
}
