// What a message says, from the log: the alerts of its incident as their events have them, so that it tells what was decided
// and no reader that is behind. However late an attempt is, it says what the first one said.

import { ROUND_KIND, TOLD_STATE } from '@secumon/contracts/alerting-words'
import type { Envelope } from '@secumon/contracts/gen/envelope'
import { RoundKind, type ToldAlert } from '@secumon/contracts/gen/notification'
import { ulidTimeMs } from '@secumon/contracts/ids'
import { alertAggregate } from '@secumon/domain/alert/alert'
import type { Clock } from '@secumon/domain/clock'
import type { DomainEvent } from '@secumon/domain/decider'
import type { EventStore } from '@secumon/domain/event-store'
import type { DueDelivery } from '@secumon/domain/notification/deliveries'
import { alertFacts, firedByFrameMs } from '@secumon/gateway/notify/alert-facts'
import { pageLinks } from '@secumon/gateway/notify/links'
import { NO_OTHERS, type Message, type MessageAlert } from '@secumon/gateway/notify/message'
import type { Sender } from '@secumon/gateway/notify/open-sender'
import { eventsOf } from '@secumon/infra/eventlog/handle'
import type { ChannelSecrets, SecretValues } from '@secumon/infra/vault/channel-secrets'
import { ExpiringCache } from '@secumon/infra/vault/expiring-cache'
import type { Send } from '@secumon/projections/reactors/notify/deliver'

/** A message with more than these only counts the others. */
const MAX_ALERTS = 200
const READS_AT_ONCE = 16
/** Whoever shreds a tenant's keys waits so long for its channels to fall silent. */
const SECRETS_KNOWN = { ttlMs: 10_000, maxEntries: 1_000 }

export type TellingDeps = {
  readonly store: EventStore
  readonly secrets: ChannelSecrets
  readonly sender: Sender
  readonly clock: Clock
  /** Where people reach the interface. */
  readonly publicUrl: string
}

/** Sends what is due, in words. */
export function telling(deps: TellingDeps): Send {
  const { store, sender, publicUrl, clock } = deps
  const known = new ExpiringCache<SecretValues | undefined>(SECRETS_KNOWN, clock)
  return async (due, signal) => {
    const [alerts, kept] = await Promise.all([alertsOf(store, due, publicUrl), secretsOf(deps, known, due)])
    const message = messageOf(
      due,
      alerts.map(({ told }) => told),
      publicUrl,
    )
    const { channelSpec: channel, accepted } = due
    const outcome = await sender.send({ message, channel, secrets: kept ?? {}, accepted, signal })
    const isFirst = due.due.kind === RoundKind.FIRST
    const receivedAtMs = Math.max(...alerts.map(({ receivedAtMs: atMs }) => atMs))
    return isFirst && receivedAtMs > 0 ? { ...outcome, receivedAtMs } : outcome
  }
}

// What a version holds never changes.
async function secretsOf(
  { secrets }: TellingDeps,
  known: ExpiringCache<SecretValues | undefined>,
  { tenant, channel, secretVersion: version }: DueDelivery,
): Promise<SecretValues | undefined> {
  if (version === 0) return undefined
  return known.get(`${tenant}/${channel}/${version}`, () => secrets.get({ tenant, channel, version }))
}

function messageOf(due: DueDelivery, alerts: readonly MessageAlert[], publicUrl: string): Message {
  const { incident, kind, step, test } = due.due
  const pages = pageLinks(publicUrl)
  const isOver = kind === RoundKind.RESOLVED
  return {
    notification: due.notification,
    tenant: due.tenant,
    incident,
    kind: test ? 'test' : (ROUND_KIND.word(kind) ?? 'changed'),
    step,
    // When a person has it sent again, it is due anew, and still the same message.
    atMs: ulidTimeMs(due.notification),
    alerts,
    others: othersOf(due.due.alerts),
    links: {
      incident: pages.incident(incident),
      ...(!isOver && { acknowledge: pages.acknowledge(incident) }),
    },
  }
}

function othersOf(told: readonly ToldAlert[]): Message['others'] {
  const others = { ...NO_OTHERS }
  for (const { state } of told.slice(MAX_ALERTS)) others[TOLD_STATE.word(state) ?? 'firing']++
  return others
}

type Told = { readonly told: MessageAlert; readonly receivedAtMs: number }

async function alertsOf(store: EventStore, due: DueDelivery, publicUrl: string): Promise<Told[]> {
  const wanted = due.due.alerts.slice(0, MAX_ALERTS)
  const url = pageLinks(publicUrl).alert
  const told: Told[] = []
  for (let from = 0; from < wanted.length; from += READS_AT_ONCE) {
    const some = wanted.slice(from, from + READS_AT_ONCE)
    const read = await Promise.all(some.map((each) => alertOf(store, due, each)))
    told.push(...read.flatMap((each) => each ?? []))
  }
  return told.map(({ told: alert, receivedAtMs }) => ({
    told: { ...alert, url: url(alert.id) },
    receivedAtMs,
  }))
}

/** What an alert is, its message tells by the state it is in there, whichever clock that was written by. */
const LIFE: ReadonlySet<DomainEvent['case']> = new Set(['alertPending', 'alertFired', 'alertResolved'])

/** The events of an alert as they were when it was decided that it is told: what it is called may be otherwise by now. */
export const eventsAsOf = (envelopes: readonly Envelope[], toldMs: number): DomainEvent[] =>
  envelopes.flatMap((envelope) =>
    eventsOf(envelope).filter((event) => Number(envelope.atMs) <= toldMs || LIFE.has(event.case)),
  )

async function alertOf(
  store: EventStore,
  { tenant, notification }: DueDelivery,
  wanted: ToldAlert,
): Promise<Told | undefined> {
  const { envelopes } = await store.read(alertAggregate(tenant, wanted.alert))
  const events = eventsAsOf(envelopes, ulidTimeMs(notification))
  const told = alertFacts(events, wanted)
  return told && { told, receivedAtMs: firedByFrameMs(events) }
}
