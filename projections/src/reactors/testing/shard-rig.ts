// One shard with its evaluator, on a log in memory and a real database: fed step by step, killed and started again at
// will; and what came of it, in an order of its own.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { AgentRegisteredSchema } from '@secumon/contracts/gen/agent'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { LaneRecordSchema } from '@secumon/contracts/gen/frame'
import { EVENTS_STREAM, laneSubject, parseEventSubject } from '@secumon/contracts/subjects'
import type { Database } from '@secumon/infra/database/database'
import { eventsOf } from '@secumon/infra/eventlog/handle'
import { memoryKeys } from '@secumon/infra/testing/memory-keys'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { systemClock } from '../../testing/loop.ts'
import { MemoryLog, type Appended } from '../../testing/memory-log.ts'
import { agentId, envelope } from '../../testing/recorded.ts'
import { STREAM } from '../../testing/recorder.ts'
import { evaluateShard } from '../evaluate/evaluate.ts'
import { evaluateMetrics } from '../evaluate/evaluate-metrics.ts'
import { memoryEventLogStore } from './memory-event-log-store.ts'

const PATIENCE_MS = 20_000
/** How a term ends that another process has taken over. */
const ENDS = new Set(['NotLeading', 'FoldFenced'])

export type Running = {
  readonly kill: () => Promise<void>
  /** What ended it without a kill. */
  readonly failure: Promise<unknown>
}

export class ShardRig {
  readonly log = new MemoryLog()
  readonly store = memoryEventLogStore(this.log)
  readonly #db: Database
  readonly #logger = pino({ level: 'silent' })
  #registry = new Registry()
  #fence = 0

  constructor(db: Database) {
    this.#db = db
  }

  /** Forgets what evaluators have saved. */
  async reset(): Promise<this> {
    await this.#db.deleteFrom('secumon.reactor_state').execute()
    return this
  }

  /**
   * @param savePeriodMs between two saves; Infinity: only what has to be saved is
   * @param lastSaveMs what saving may take when it is killed; 0: it has no time for that
   */
  start(savePeriodMs = 0, lastSaveMs = 0): Running {
    const stop = new AbortController()
    this.#registry = new Registry()
    const options = {
      log: this.log,
      store: this.store,
      db: this.#db,
      keys: memoryKeys(),
      clock: systemClock,
      logger: this.#logger,
      shards: 1,
      metrics: evaluateMetrics(this.#registry),
      savePeriodMs,
      lastSaveMs,
      activationPeriodMs: 0,
    }
    const failure = evaluateShard(options, 0, { fence: ++this.#fence, signal: stop.signal }).then(
      () => undefined,
      (error: unknown) => error,
    )
    return {
      kill: async () => {
        stop.abort()
        const error = await failure
        if (error instanceof Error && !ENDS.has(error.name)) throw error
      },
      failure,
    }
  }

  feed(...messages: readonly Appended[]): void {
    this.log.append(STREAM, ...messages)
  }

  event(...messages: readonly Appended[]): void {
    this.log.append(EVENTS_STREAM, ...messages)
  }

  register(...agents: readonly string[]): void {
    const value = create(AgentRegisteredSchema, { name: 'web', tags: [] })
    for (const id of agents)
      this.event(
        envelope({
          aggregate: 'agent',
          id,
          version: 1,
          events: [{ event: { case: 'agentRegistered', value } }],
        }),
      )
  }

  /** Waits until what lies in EVENTS now is in force; messages that say nothing let it come. */
  async inForce(): Promise<void> {
    const wanted = BigInt((await this.log.bounds(EVENTS_STREAM)).last)
    await this.#pushing('rules in force', async () =>
      this.#events('evaluator').some(
        ({ event }) => event.case === 'ruleSetActivated' && event.value.eventsPosition >= wanted,
      ),
    )
    await this.judged()
  }

  /** Waits until all that lies in the stream now is judged. */
  async judged(): Promise<void> {
    const { last } = await this.log.bounds(STREAM)
    await this.#pushing(`judged up to ${last}`, async () => {
      return (await this.counted('position')) >= last
    })
  }

  /** Waits until that is saved, and so the decisions are in the log. Not where nothing is saved. */
  async settled(): Promise<void> {
    const { last } = await this.log.bounds(STREAM)
    await this.#pushing(`saved at ${last}`, async () => (await this.saved()) >= last)
  }

  /** The newest message of the saved state; 0 where there is none. */
  async saved(): Promise<number> {
    const row = await this.#db
      .selectFrom('secumon.reactor_state')
      .select('places')
      .where('reactor', '=', 'evaluate')
      .executeTakeFirst()
    return row?.places[0]?.position ?? 0
  }

  /** What a metric says of the evaluator that was started last. */
  async counted(name: string): Promise<number> {
    const counter = await this.#registry.getSingleMetric(`secumon_evaluate_${name}`)?.get()
    return counter?.values[0]?.value ?? 0
  }

  /** What was decided of each alert, as lines in order. */
  alerts(): Record<string, string[]> {
    const alerts: Record<string, string[]> = {}
    for (const { id, event } of this.#events('alert')) (alerts[id] ??= []).push(lineOf(event))
    return Object.fromEntries(Object.entries(alerts).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  #events(aggregate: string) {
    return this.log.messages(EVENTS_STREAM).flatMap(({ subject, payload }) => {
      const place = parseEventSubject(subject)
      if (place?.aggregate !== aggregate) return []
      return eventsOf(fromBinary(EnvelopeSchema, payload)).map((event) => ({ id: place.id, event }))
    })
  }

  async #pushing(what: string, fact: () => Promise<boolean>): Promise<void> {
    const deadlineMs = performance.now() + PATIENCE_MS
    while (!(await fact())) {
      if (performance.now() > deadlineMs) throw new Error(`not in ${PATIENCE_MS / 1_000} s: ${what}`)
      this.feed(NOTHING)
      await delay(2)
    }
  }
}

const NOTHING: Appended = {
  subject: laneSubject({ lane: 'telemetry', shard: 0, tenant: 'main', agent: agentId(0) }),
  payload: toBinary(LaneRecordSchema, create(LaneRecordSchema, { record: { case: 'watermark', value: {} } })),
}

const lineOf = (event: { readonly case: string; readonly value: object }): string =>
  JSON.stringify([event.case, event.value], (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  )
