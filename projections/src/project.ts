// The project loop: feeds a projector from one stream, exactly once, for as long as it is wanted.
//
// One instance per (projection, generation, stream) works; others stand by. Who works holds a PostgreSQL advisory lock on
// the very connection that runs its transactions, so that losing one is losing the other; no lease has to be renewed
// and a dead process frees its place at once. Should a lock be lost unnoticed, the checkpoint's fence, raised at each
// take-over and compared in each transaction, keeps the stale instance from committing anything.

import { EVENTS_STREAM } from '@secumon/contracts/subjects'
import type { Clock } from '@secumon/domain/clock'
import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import type { Database } from '@secumon/infra/database/database'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import { NO_KEYS } from '@secumon/infra/vault/envelope-sealing'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { backoffMs } from './backoff.ts'
import { claimCheckpoint, moveCheckpoint, type Checkpoint, type CheckpointKey } from './checkpoints.ts'
import { commitMessages, type BatchContext, type Committed } from './batch.ts'
import { ensureGeneration, projectionOf, UnusableGeneration, type Generation } from './generations.ts'
import { untilReadable, type ReadableLog } from './log-readable.ts'
import { loopMetrics, type LoopMetrics } from './loop-metrics.ts'
import { pause } from './pause.ts'
import { positionBook } from './position-book.ts'
import type { Fact, Projector } from './projector.ts'
import { resume } from './resume.ts'
import { withProjectionLock } from './projection-lock.ts'

export type LoopLimits = {
  /** Messages of one transaction at most. */
  readonly maxMessages: number
  /** Payload bytes of one transaction at most, unless a single message has more. */
  readonly maxBytes: number
  /** Least time between the starts of two transactions at a low rate. */
  readonly lingerMs: number
}

const DEFAULT_LIMITS = { maxMessages: 4_000, maxBytes: 4 * 1024 ** 2 }
/** A transaction costs as much as a hundred frames: five a second make readings visible soon enough. */
const TELEMETRY_LINGER_MS = 200
/** Somebody waits for the effect of a command. */
const EVENTS_LINGER_MS = 10
const STANDBY_MS = 1_000
/** What an operator has to do takes a while. */
const OPERATOR_MS = 30_000
const BACKLOG_INTERVAL_MS = 5_000

export type Progress = {
  readonly stream: string
  readonly position: number
  /** Age of the newest fact when it became visible, milliseconds. */
  readonly lagMs: number
}

export type ProjectOptions = {
  readonly projector: Projector
  readonly stream: string
  readonly log: ReadableLog
  /** The loop keeps one connection of its pool while it works. */
  readonly db: Database
  readonly clock: Clock
  readonly logger: Logger
  readonly registry: Registry
  /** Open sealed envelopes; absent: there must be none that the projector wants to read. */
  readonly keys?: ArchiveKeys
  /** Ends the loop after the transaction under way. */
  readonly signal: AbortSignal
  readonly limits?: Partial<LoopLimits>
  /**
   * Builds a generation beside the live one, which older code has made, and swaps them. False when another does it.
   * Absent: where older code has made the live generation, this loop waits.
   */
  readonly upgrade?: (generation: Generation) => Promise<boolean>
  /** Called when nobody can go on with what is live, with what to do; with nothing once the loop has work again. */
  readonly onOutdated?: (what?: string) => void
  /** Called after each commit. */
  readonly onProgress?: (progress: Progress) => void
}

/** Runs until the signal aborts. Trouble with log or database is waited out, logged and counted; it never rejects. */
export async function runProjector(options: ProjectOptions): Promise<void> {
  const { projector, stream, signal, log } = options
  const logger = options.logger.child({ projection: projector.name, stream })
  const metrics = loopMetrics(options.registry, { projection: projector.name, stream })
  for (let failures = 0; !signal.aborted;) {
    try {
      await untilReadable(log, signal)
      const generation = await ensureGeneration(options.db, projector)
      options.onOutdated?.()
      const loop = { ...options, logger, metrics, generation, settled: () => (failures = 0) }
      const worked =
        generation.state === 'live'
          ? await withProjectionLock(options.db, keyOf(loop), (db) => work(loop, db))
          : await options.upgrade?.(generation)
      if (!worked) await pause(STANDBY_MS, signal)
    } catch (error) {
      metrics.failures.inc()
      if (error instanceof UnusableGeneration) {
        logger.error(error.message)
        options.onOutdated?.(error.message)
        await pause(OPERATOR_MS, signal)
        continue
      }
      logger.warn({ err: error, failures }, 'the projection stops and starts again from its checkpoint')
      await pause(backoffMs(failures++), signal)
    }
  }
}

type Loop = ProjectOptions & {
  readonly metrics: LoopMetrics
  readonly generation: Generation
  readonly settled: () => void
}

const keyOf = ({ generation, stream }: Pick<Loop, 'generation' | 'stream'>): CheckpointKey => ({
  ...projectionOf(generation),
  stream,
})

async function work(loop: Loop, db: Database): Promise<void> {
  const { projector, stream, log, signal, generation } = loop
  projector.forget?.(stream)
  const lingerMs = stream === EVENTS_STREAM ? EVENTS_LINGER_MS : TELEMETRY_LINGER_MS
  const limits: LoopLimits = { ...DEFAULT_LIMITS, lingerMs, ...loop.limits }
  const context: BatchContext = {
    db,
    projector,
    projection: projectionOf(generation),
    schema: generation.schema,
    book: positionBook(stream, projectionOf(generation)),
    keys: loop.keys ?? NO_KEYS,
    synchronousCommit: projector.durable ?? false,
    nowMs: () => loop.clock.nowMs(),
  }
  const { connectionNumber } = log
  let checkpoint = await findPlace(loop, db)
  let backlogAtMs = -Infinity
  const start = checkpoint.position + 1
  const { maxMessages } = limits
  for await (const arrived of log.consume(stream, { start, signal, maxMessages, connectionNumber })) {
    const startedMs = loop.clock.monotonicMs()
    for (const messages of portions(arrived, limits))
      for await (const committed of commitMessages(context, checkpoint, messages)) {
        checkpoint = committed.checkpoint
        report(loop, committed)
      }
    loop.metrics.batchSeconds.observe((loop.clock.monotonicMs() - startedMs) / 1000)
    loop.settled()
    if (startedMs - backlogAtMs >= BACKLOG_INTERVAL_MS) {
      loop.metrics.backlog.set((await log.bounds(stream)).last - checkpoint.position)
      backlogAtMs = startedMs
    }
    const spentMs = loop.clock.monotonicMs() - startedMs
    if (arrived.length < maxMessages / 2) await pause(Math.max(0, limits.lingerMs - spentMs), signal)
  }
}

async function findPlace(loop: Loop, db: Database): Promise<Checkpoint> {
  const claimed = await claimCheckpoint(db, keyOf(loop))
  const { checkpoint, rolledBack } = await resume(loop.log, claimed)
  if (!rolledBack) return claimed
  loop.metrics.rollbacks.inc()
  const places = { from: claimed.position, to: checkpoint.position }
  loop.logger.error(
    places,
    'the log was rolled back behind the checkpoint; reading again from an older place',
  )
  await moveCheckpoint(db, claimed, checkpoint, loop.clock.nowMs())
  return checkpoint
}

function* portions(messages: readonly LogMessage[], limits: LoopLimits): Generator<readonly LogMessage[]> {
  let from = 0
  let bytes = 0
  for (const [i, { payload }] of messages.entries()) {
    const full = i - from >= limits.maxMessages || bytes + payload.length > limits.maxBytes
    if (full && i > from) {
      yield messages.slice(from, i)
      from = i
      bytes = 0
    }
    bytes += payload.length
  }
  if (from < messages.length) yield messages.slice(from)
}

function report(loop: Loop, committed: Committed): void {
  const { metrics, logger, clock } = loop
  const { admission, refused, facts, checkpoint } = committed
  metrics.batches.inc()
  metrics.facts.inc(facts.length)
  metrics.seen.inc(admission.seen.length)
  metrics.forked.inc(admission.forked.length)
  metrics.holes.inc(admission.holes.length)
  metrics.deadLetters.inc(refused.length)
  for (const { fact, expected, found } of admission.holes)
    logger.error(
      { ...fact.source, expected, found },
      'platform hole: the log lacks what must have been there',
    )
  for (const { source } of admission.forked)
    logger.error(source, 'forked: another record was taken at this place')
  for (const { message, error } of refused)
    logger.error({ position: message.position, subject: message.subject, err: error }, 'dead letter')
  const lagMs = Math.max(0, clock.nowMs() - newestMs(facts, clock.nowMs()))
  metrics.lagSeconds.set(lagMs / 1000)
  const oldest = facts.find(({ kind }) => kind === 'frame')
  if (oldest?.kind === 'frame')
    metrics.visibleSeconds.observe(Math.max(0, clock.nowMs() - oldest.receivedAtMs) / 1000)
  try {
    committed.afterCommit?.()
    loop.onProgress?.({ stream: loop.stream, position: checkpoint.position, lagMs })
  } catch (error) {
    logger.error({ err: error }, 'what follows a commit failed')
  }
}

function newestMs(facts: readonly Fact[], nowMs: number): number {
  const fact = facts.findLast(({ kind }) => kind !== 'watermark')
  switch (fact?.kind) {
    case 'frame':
    case 'gap':
      return fact.receivedAtMs
    case 'tick':
      return Number(fact.tick.atMs)
    case 'gateway':
      return Number(fact.alive.atMs)
    case 'envelope':
      return Number(fact.envelope.atMs)
    default:
      return nowMs
  }
}
