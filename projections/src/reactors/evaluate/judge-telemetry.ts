// The loop over one shard's telemetry: activates rules, judges message by message, hands decisions on and has the state
// saved.

import { create } from '@bufbuild/protobuf'
import type { ChainPlace } from '@secumon/contracts/gen/alert'
import {
  ActorSchema,
  CauseSchema,
  ChainPositionSchema,
  DomainEventSchema,
  EnvelopeSchema,
  type ChainPosition,
} from '@secumon/contracts/gen/envelope'
import { clockSubject, EVENTS_STREAM, shardOf } from '@secumon/contracts/subjects'
import { alert as alertDecider, alertAggregate, type AlertCommand } from '@secumon/domain/alert/alert'
import type { Decision } from '@secumon/domain/evaluation/decision'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import { ENVELOPE_SCHEMA, handle, NOTHING_YET } from '@secumon/infra/eventlog/handle'
import { setImmediate as turn } from 'node:timers/promises'
import type { MarkedPlace } from '../../resume.ts'
import { pause } from '../../pause.ts'
import { commandIdOf } from '../command-id.ts'
import type { Snapshot } from '../fold-saver.ts'
import { placeAt, placeBefore, placeFor } from '../places.ts'
import type { Term } from './evaluate.ts'
import { evaluatorAggregate, NotLeading } from './rule-feed.ts'
import { EVALUATE, shardBytes } from './shard-state.ts'
import { newestStretch, oldestStretch, reachMs } from './warm-up.ts'

/** Rules change at most so often. */
const ACTIVATION_PERIOD_MS = 1_000
/** Messages judged before others get their turn. */
const SLICE = 256
const CATCH_UP_POLL_MS = 5

const ACTOR = create(ActorSchema, { actor: { case: 'platform', value: 'alerter' } })

type Loop = {
  readonly term: Term
  readonly tickSubject: string
  place: MarkedPlace
  events: MarkedPlace
  activatedMs: number
  /** Up to here decisions are left out: they were made before, or the windows are not full yet. */
  warmUntil: number
  warming: boolean
}

/** Runs until the signal aborts. @throws what ends the term */
export async function judgeTelemetry(term: Term): Promise<void> {
  const loop = await beginLoop(term)
  if (!loop) return
  const { log, stream, signal, connectionNumber, meters, saver, queue } = term
  const start = loop.place.position + 1
  for await (const batch of log.consume(stream, { start, signal, connectionNumber })) {
    for (let from = 0; from < batch.length && !signal.aborted; from += SLICE) {
      const slice = batch.slice(from, from + SLICE)
      for (const message of slice) await judgeOne(loop, message)
      const last = slice.at(-1)
      if (last) loop.place = placeAt(loop.place, last, term.clock.nowMs())
      meters.position.set(loop.place.position)
      meters.queued.set(queue.size)
      if (!loop.warming) saver.saveWhenDue(() => snapshot(loop))
      await queue.room()
      if (batch.length > SLICE) await turn()
    }
  }
  // Whoever goes on has nothing to judge again then.
  if (term.lease.signal.aborted && !loop.warming) await saver.saveLast(() => snapshot(loop), term.lastSaveMs)
}

async function beginLoop(term: Term): Promise<Loop | undefined> {
  const { feed, log, signal, stream, state, saver, shard } = term
  const { last: eventsEnd } = await log.bounds(EVENTS_STREAM)
  while (feed.readTo < eventsEnd && !signal.aborted) await pause(CATCH_UP_POLL_MS, signal)
  if (signal.aborted) return undefined
  const { last } = await log.bounds(stream)
  feed.lead(last)
  const loop: Loop = {
    term,
    tickSubject: clockSubject({ shard, kind: 'clock' }),
    place: state.telemetry,
    events: state.events,
    activatedMs: -Infinity,
    warmUntil: 0,
    warming: state.origin === 'lost',
  }
  if (state.origin === 'lost') await warmUp(loop, last)
  // Nobody who led before can activate anything behind this.
  await activate(loop, last + 1)
  // Else a process that dies before its first save would have left decisions out.
  if (state.origin === 'new') await saver.saveNow(() => snapshot(loop))
  return loop
}

async function warmUp(loop: Loop, last: number): Promise<void> {
  const { log, stream, feed, state, clock, logger, meters, onWarming, shard } = loop.term
  const reach = reachMs(feed.ahead)
  const read = await (state.missed > 0
    ? oldestStretch(log, stream, reach)
    : newestStretch(log, stream, clock.nowMs() - reach))
  if (read.first > last) return
  loop.place = placeBefore(stream, read.first)
  loop.warmUntil = Math.min(read.last, last)
  logger.warn(
    { messages: loop.warmUntil - read.first + 1 },
    'the state is built from the log: nothing is decided until then',
  )
  meters.warming.set(1)
  onWarming?.(`${EVALUATE}-${shard}`, true)
}

async function judgeOne(loop: Loop, message: LogMessage): Promise<void> {
  const { term } = loop
  const { feed, judge, saver, clock, meters, logger, activationPeriodMs = ACTIVATION_PERIOD_MS } = term
  const { position } = message
  if (feed.hasNews && clock.monotonicMs() - loop.activatedMs >= activationPeriodMs)
    await activate(loop, position)
  const ruleSet = feed.at(position)
  // All agents change at once then: what is being saved of them would have to be made in one go.
  if (ruleSet || message.subject === loop.tickSubject) await saver.made()
  if (ruleSet) handOn(loop, judge.take(ruleSet, feed.inForce.version))
  if (loop.warming && position > loop.warmUntil) adopt(loop)
  try {
    const judged = judge.judge(message)
    if (judged) handOn(loop, judged.decisions, judged.receivedAtMs)
  } catch (error) {
    meters.malformed.inc()
    logger.debug({ err: error, position, subject: message.subject }, 'not judged: it says nothing')
  }
}

// The samples' windows are full; which alerts are open, EVENTS know.
function adopt(loop: Loop): void {
  const { term } = loop
  const { open, shards, shard, state, logger, meters, onWarming } = term
  // Those of the platform itself have no agent: shard 0 hears what it says.
  const isOurs = (agent: string): boolean => (agent === '' ? 0 : shardOf(agent, shards)) === shard
  const alerts = open?.all().filter(({ state: { origin } }) => isOurs(origin.agent)) ?? []
  loop.warming = false
  handOn(loop, state.evaluator.adopt(alerts))
  logger.info({ open: alerts.length }, 'warm: decisions are made again')
  meters.warming.set(0)
  onWarming?.(`${EVALUATE}-${shard}`, false)
}

async function activate(loop: Loop, telemetryPosition: number): Promise<void> {
  const { store, shard, feed, clock, meters, logger } = loop.term
  loop.activatedMs = clock.monotonicMs()
  const proposal = feed.propose(telemetryPosition)
  const envelope = create(EnvelopeSchema, {
    commandId: commandIdOf(EVALUATE, `${shard}/${proposal.version}/${telemetryPosition}`),
    version: BigInt(proposal.version),
    schema: ENVELOPE_SCHEMA,
    atMs: BigInt(clock.nowMs()),
    actor: ACTOR,
    events: [create(DomainEventSchema, { event: proposal.event })],
  })
  const { outcome } = await store.append(evaluatorAggregate(shard), envelope, proposal.expected)
  if (outcome === 'conflict') throw new NotLeading('another process activates rules for this shard')
  feed.accepted(proposal)
  meters.activations.inc()
  logger.debug({ telemetryPosition, version: proposal.version }, 'rules are in force')
}

function handOn(loop: Loop, decisions: readonly Decision[], receivedAtMs?: number): void {
  if (loop.warming) return
  for (const decision of decisions)
    loop.term.queue.push({
      order: decision.alert,
      run: () => append(loop.term, decision, receivedAtMs),
    })
}

async function append(term: Term, decision: Decision, receivedAtMs: number | undefined): Promise<void> {
  const { store, clock, meters } = term
  const { tenant, alert, command, cause, key } = decision
  await handle(store, alertDecider, {
    aggregate: alertAggregate(tenant, alert),
    command,
    commandId: commandIdOf(EVALUATE, key),
    actor: ACTOR,
    ...(cause && { cause: create(CauseSchema, { cause: { case: 'chain', value: chainOf(cause) } }) }),
    clock,
    ...(isFirst(command) && { presumed: NOTHING_YET }),
  })
  meters.decisions.inc()
  if (receivedAtMs !== undefined) meters.decidedSeconds.observe((clock.nowMs() - receivedAtMs) / 1_000)
}

/** The alert begins with it. */
const isFirst = (command: AlertCommand): boolean =>
  command.kind === 'Pend' ||
  (command.kind === 'Fire' && command.pendingSinceMs === Number(command.evidence.atMs))

const chainOf = ({ agent, epoch, lane, sequence }: ChainPlace): ChainPosition =>
  create(ChainPositionSchema, { agent, epoch, lane, sequence })

// What was decided up to here may still be under way: the state counts once it is in the log.
function snapshot(loop: Loop): Snapshot {
  const { state, judge, feed, queue, log, ended, clock } = loop.term
  const { inForce } = feed
  const { place } = loop
  return {
    further: shardBytes(state.evaluator, judge.save(), inForce),
    places: async () => {
      await queue.settled()
      if (ended.aborted) return undefined
      const wanted = { position: inForce.eventsPosition, nowMs: clock.nowMs() }
      loop.events = await placeFor(log, loop.events, wanted)
      return [place, loop.events]
    },
  }
}
