// Telling people: one part of the tenants, folded from EVENTS, with a round of decisions whenever something has changed or
// a time has come. What a round decides is appended, read back and folded like everything else; nothing hangs on what
// this process remembers.

import { create } from '@bufbuild/protobuf'
import { ActorSchema } from '@secumon/contracts/gen/envelope'
import { EVENTS_STREAM, shardOf, type EventSubject } from '@secumon/contracts/subjects'
import type { Clock } from '@secumon/domain/clock'
import type { EventStore } from '@secumon/domain/event-store'
import { evolve, type NotifyFact } from '@secumon/domain/notification/evolve'
import type { NotifyState } from '@secumon/domain/notification/state'
import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import type { Database } from '@secumon/infra/database/database'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import { eventsOf } from '@secumon/infra/eventlog/handle'
import type { Lease } from '@secumon/infra/log/lease'
import type { Logger } from 'pino'
import { BoundedMap } from '../../bounded-map.ts'
import { untilReadable, type ReadableLog } from '../../log-readable.ts'
import { pause } from '../../pause.ts'
import type { EnvelopeFact } from '../../projector.ts'
import type { MarkedPlace } from '../../resume.ts'
import { incidentIdOf, notificationIdOf } from '../command-id.ts'
import { FoldSaver, SAVE_PERIOD_MS, type Snapshot } from '../fold-saver.ts'
import { openedEvents } from '../opened-events.ts'
import { recordFailure } from '../part-failures.ts'
import { placeAt } from '../places.ts'
import { Wake } from '../wake.ts'
import type { Send } from './deliver.ts'
import { Faults } from './faults.ts'
import type { NotifyMetrics } from './notify-metrics.ts'
import { loadPart, NOTIFY, NOTIFY_CODE_VERSION, partBytes } from './notify-state.ts'
import { Rounds } from './rounds.ts'

export type NotifyPartOptions = {
  readonly log: ReadableLog
  readonly store: EventStore
  readonly db: Database
  readonly keys: ArchiveKeys
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: NotifyMetrics
  /** In how many parts the tenants are told of. */
  readonly parts: number
  readonly send: Send
  /** Names this process in the log. */
  readonly worker: string
  /** Messages a minute that a kind of channel takes. */
  readonly ratePerMinute: (kind: string) => number
  /** Between two saves of the state, at the least. */
  readonly savePeriodMs?: number
  /** Called when it begins, and ends, to build the state of `notify-<part>` from the log. */
  readonly onWarming?: (part: string, warming: boolean) => void
  /** Called with of how many tenants of `notify-<part>` nobody can be told, whenever that changes. */
  readonly onFailing?: (part: string, tenants: number) => void
}

/** What the parts of one term share. */
export type NotifyTerm = NotifyPartOptions & {
  readonly part: number
  readonly state: NotifyState
  /** What is folded. */
  place: MarkedPlace
  /** The newest version of the aggregates that were folded last. */
  readonly taken: BoundedMap<string, number>
  readonly saver: FoldSaver
  /** The connection under which the place was found. */
  readonly connectionNumber: number
  readonly wake: Wake
  readonly rounds: Rounds
  readonly faults: Faults
  readonly signal: AbortSignal
}

const AGGREGATES = new Set([
  'alert',
  'silence',
  'maintenance',
  'escalation',
  'schedule',
  'channel',
  'incident',
  'notification',
])
const REMEMBERED = 50_000
const ACTOR = create(ActorSchema, { actor: { case: 'platform', value: 'alerter' } })

/**
 * Tells of a part of the tenants for as long as the lease is held. What is being sent when it ends is brought to its end.
 * @throws what ends the term: the log went away
 */
export async function notifyPart(options: NotifyPartOptions, part: number, lease: Lease): Promise<void> {
  await untilReadable(options.log, lease.signal)
  if (lease.signal.aborted) return
  const stop = new AbortController()
  const signal = AbortSignal.any([lease.signal, stop.signal])
  const term = await beginTerm(options, part, { fence: lease.fence, signal })
  warms(term, true)
  try {
    const work = [readEvents(term), term.rounds.run(), keepSaving(term)]
    await Promise.all(work.map((each) => each.finally(() => stop.abort())))
  } finally {
    await term.saver.idle()
    warms(term, false)
    term.faults.end()
  }
}

async function beginTerm(options: NotifyPartOptions, part: number, lease: Lease): Promise<NotifyTerm> {
  const { log, db, clock, ratePerMinute, savePeriodMs: periodMs } = options
  const { fence, signal } = lease
  const logger = options.logger.child({ reactor: NOTIFY, part })
  const { connectionNumber } = log
  const ids = { incidentId: incidentIdOf, notificationId: notificationIdOf, ratePerMinute }
  const { state, place } = await loadPart({ db, log, part, options: ids })
  const wake = new Wake()
  const faults = faultsOf({ ...options, logger }, part)
  const rounds = new Rounds({ ...options, logger, actor: ACTOR, state, wake, faults, signal })
  const key = { reactor: NOTIFY, partition: part }
  const saving = { db, key, codeVersion: NOTIFY_CODE_VERSION, fence, clock }
  const saver = new FoldSaver({ ...saving, ...(periodMs !== undefined && { periodMs }) })
  const taken = new BoundedMap<string, number>(REMEMBERED)
  return {
    ...options,
    logger,
    part,
    state,
    place,
    taken,
    saver,
    connectionNumber,
    wake,
    rounds,
    faults,
    signal,
  }
}

function faultsOf({ db, logger, metrics, onFailing }: NotifyPartOptions, part: number): Faults {
  const name = `${NOTIFY}-${part}`
  return new Faults({
    logger,
    metrics,
    part,
    onFailing: (tenants) => onFailing?.(name, tenants),
    onFailure: (failure) =>
      void recordFailure(db, name, failure).catch((error: unknown) =>
        logger.debug({ err: error }, 'a failure was not recorded'),
      ),
  })
}

function warms({ part, metrics, onWarming }: NotifyTerm, warming: boolean): void {
  metrics.warming.set({ part: String(part) }, Number(warming))
  onWarming?.(`${NOTIFY}-${part}`, warming)
}

async function readEvents(term: NotifyTerm): Promise<void> {
  const { log, signal, rounds, metrics, part, connectionNumber, wake, keys, logger } = term
  const options = { wanted: wantedBy(term), keys, logger }
  const { last } = await log.bounds(EVENTS_STREAM)
  const start = term.place.position + 1
  if (start > last) begin(term)
  for await (const messages of log.consume(EVENTS_STREAM, { start, signal, connectionNumber })) {
    const facts = await openedEvents(messages, options)
    fold(term, messages, facts)
    metrics.position.set({ part: String(part) }, term.place.position)
    if (term.place.position >= last && !rounds.begun) begin(term)
    wake.ring()
  }
}

function begin(term: NotifyTerm): void {
  warms(term, false)
  term.rounds.begin()
}

// State and place change together: the one is never saved without the other.
function fold(term: NotifyTerm, messages: readonly LogMessage[], facts: readonly EnvelopeFact[]): void {
  const { rounds, taken, clock } = term
  for (const { tenant, aggregate, id, envelope } of facts) {
    const [version, atMs] = [Number(envelope.version), Number(envelope.atMs)]
    const key = `${tenant}/${aggregate}/${id}`
    // A log that was put right can hold an envelope twice.
    if ((taken.get(key) ?? 0) >= version) continue
    taken.set(key, version)
    takeIn(term, { tenant, aggregate, id, version, atMs, events: eventsOf(envelope) })
    rounds.saw(envelope.commandId)
  }
  const newest = messages.at(-1)
  if (newest) term.place = placeAt(term.place, newest, clock.nowMs())
}

// One that cannot be taken in holds nobody else up.
function takeIn({ state, faults }: NotifyTerm, fact: NotifyFact): void {
  try {
    evolve(state, fact)
  } catch (error) {
    faults.unfolded(fact, error)
  }
}

// Beside the reading: what came last is saved too, when nothing follows it. A state that lacks something is not, so that
// the next term reads that again.
async function keepSaving(term: NotifyTerm): Promise<void> {
  const { signal, saver, state, faults, savePeriodMs = SAVE_PERIOD_MS } = term
  let saved = term.place.position
  const isNews = (): boolean => faults.isComplete && term.place.position !== saved
  const take = (): Snapshot => {
    const { place } = term
    saved = place.position
    const bytes = [partBytes(state)]
    return { further: () => bytes, places: async () => [place] }
  }
  while (!signal.aborted) {
    await pause(savePeriodMs, signal)
    if (!signal.aborted && isNews()) saver.saveWhenDue(take)
  }
  if (isNews()) await saver.saveLast(take)
}

const wantedBy =
  ({ part, parts }: NotifyTerm) =>
  ({ tenant, aggregate }: EventSubject): boolean =>
    AGGREGATES.has(aggregate) && shardOf(tenant, parts) === part
