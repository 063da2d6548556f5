// Telling people: one part of the tenants, folded from EVENTS, with a round of decisions whenever something has changed or
// a time has come. What a round decides is appended, read back and folded like everything else; nothing hangs on what
// this process remembers.

import { create } from '@bufbuild/protobuf'
import { ActorSchema } from '@secumon/contracts/gen/envelope'
import { EVENTS_STREAM, shardOf, type EventSubject } from '@secumon/contracts/subjects'
import type { Clock } from '@secumon/domain/clock'
import type { EventStore } from '@secumon/domain/event-store'
import { evolve } from '@secumon/domain/notification/evolve'
import { emptyNotifyState, type NotifyState } from '@secumon/domain/notification/state'
import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import { eventsOf } from '@secumon/infra/eventlog/handle'
import type { Lease } from '@secumon/infra/log/lease'
import type { Logger } from 'pino'
import { untilReadable, type ReadableLog } from '../../log-readable.ts'
import { incidentIdOf, notificationIdOf } from '../command-id.ts'
import { openedEvents } from '../opened-events.ts'
import { Wake } from '../wake.ts'
import type { Send } from './deliver.ts'
import type { NotifyMetrics } from './notify-metrics.ts'
import { Rounds } from './rounds.ts'

export const NOTIFY = 'notify'

export type NotifyPartOptions = {
  readonly log: ReadableLog
  readonly store: EventStore
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
  /** Called when it begins, and ends, to build the state of `notify-<part>` from the log. */
  readonly onWarming?: (part: string, warming: boolean) => void
}

/** What the parts of one term share. */
export type NotifyTerm = NotifyPartOptions & {
  readonly part: number
  readonly state: NotifyState
  readonly wake: Wake
  readonly rounds: Rounds
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
const ACTOR = create(ActorSchema, { actor: { case: 'platform', value: 'alerter' } })

/**
 * Tells of a part of the tenants for as long as the lease is held. What is being sent when it ends is brought to its end.
 * @throws what ends the term: the log went away
 */
export async function notifyPart(options: NotifyPartOptions, part: number, lease: Lease): Promise<void> {
  const { log, metrics, onWarming, ratePerMinute } = options
  await untilReadable(log, lease.signal)
  if (lease.signal.aborted) return
  const stop = new AbortController()
  const signal = AbortSignal.any([lease.signal, stop.signal])
  const logger = options.logger.child({ reactor: NOTIFY, part })
  const state = emptyNotifyState({
    incidentId: incidentIdOf,
    notificationId: notificationIdOf,
    ratePerMinute,
  })
  const wake = new Wake()
  const rounds = new Rounds({ ...options, logger, actor: ACTOR, state, wake, signal })
  const term = { ...options, logger, part, state, wake, rounds, signal }
  const label = { part: String(part) }
  metrics.warming.set(label, 1)
  onWarming?.(`${NOTIFY}-${part}`, true)
  try {
    await Promise.all([readEvents(term), rounds.run()].map((each) => each.finally(() => stop.abort())))
  } finally {
    metrics.warming.set(label, 0)
    onWarming?.(`${NOTIFY}-${part}`, false)
  }
}

async function readEvents(term: NotifyTerm): Promise<void> {
  const { log, signal, state, rounds, metrics, part, onWarming } = term
  const { connectionNumber } = log
  const { last } = await log.bounds(EVENTS_STREAM)
  const label = { part: String(part) }
  const options = { wanted: wantedBy(term), keys: term.keys, logger: term.logger }
  const begin = () => {
    metrics.warming.set(label, 0)
    onWarming?.(`${NOTIFY}-${part}`, false)
    rounds.begin()
  }
  if (last === 0) begin()
  for await (const messages of log.consume(EVENTS_STREAM, { start: 1, signal, connectionNumber })) {
    for (const { tenant, aggregate, id, envelope } of await openedEvents(messages, options)) {
      const { version, atMs, commandId } = envelope
      const fact = { tenant, aggregate, id, version: Number(version), atMs: Number(atMs) }
      evolve(state, { ...fact, events: eventsOf(envelope) })
      rounds.saw(commandId)
    }
    const position = messages.at(-1)?.position ?? 0
    metrics.position.set(label, position)
    if (position >= last && !rounds.begun) begin()
    term.wake.ring()
  }
}

const wantedBy =
  ({ part, parts }: NotifyTerm) =>
  ({ tenant, aggregate }: EventSubject): boolean =>
    AGGREGATES.has(aggregate) && shardOf(tenant, parts) === part
