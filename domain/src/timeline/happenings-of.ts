// What an append says to the reader of a script: alerts that change, messages that arrive or do not, and what is muted.

import {
  ACKNOWLEDGEMENT_END,
  RESOLUTION,
  ROUND_KIND,
  SEVERITY,
  TOLD_STATE,
  UNREACHED_REASON,
} from '@secumon/contracts/alerting-words'
import { AcknowledgementEnd, type Evidence } from '@secumon/contracts/gen/alert'
import type { NotificationDue } from '@secumon/contracts/gen/notification'
import { alert } from '../alert/alert.ts'
import { channel } from '../channel/channel.ts'
import type { DomainEvent } from '../decider.ts'
import type { NotifyFact } from '../notification/evolve.ts'
import { incident } from '../notification/incident.ts'
import { notification } from '../notification/notification.ts'
import { schedule } from '../schedule/schedule.ts'
import type { Aggregates } from './aggregates.ts'
import type { Happening } from './happening.ts'

/** Without the time. */
type Said = Omit<Happening, 'atMs'>

/** Of one append, in order. */
export function happeningsOf(fact: NotifyFact, aggregates: Aggregates): Said[] {
  if (fact.aggregate === alert.aggregate) return alertHappenings(fact, aggregates)
  if (fact.aggregate === incident.aggregate)
    return fact.events.flatMap((event) => roundHappening(event, fact, aggregates))
  if (fact.aggregate !== notification.aggregate) return []
  return fact.events.flatMap((event) => messageHappening(event, fact, aggregates) ?? [])
}

// A rule without duration has both in one: only that it fires is news.
function alertHappenings({ tenant, id, events }: NotifyFact, aggregates: Aggregates): Said[] {
  const { names, also } = alertNames(aggregates, tenant, id)
  const isFired = events.some((event) => event.case === 'alertFired')
  return events.flatMap((event) => {
    if (event.case === 'alertPending' && isFired) return []
    const said = alertHappening(event)
    return said ? [{ ...said, names: [...names, ...said.names], also: [...also, ...(said.also ?? [])] }] : []
  })
}

function alertHappening(event: DomainEvent): Said | undefined {
  switch (event.case) {
    case 'alertPending':
      return { kind: 'pending', marks: lateMark(event.value.evidence), names: valueOf(event.value.evidence) }
    case 'alertFired': {
      const { evidence, noData } = event.value
      return {
        kind: 'firing',
        marks: [...(noData ? ['no_data'] : []), ...lateMark(evidence)],
        names: valueOf(evidence),
      }
    }
    case 'alertResolved': {
      const word = RESOLUTION.word(event.value.resolution) ?? ''
      const marks = word === 'recovered' ? [] : [word]
      return {
        kind: 'resolved',
        marks: [...marks, ...lateMark(event.value.evidence)],
        names: valueOf(event.value.evidence),
        also: [word],
      }
    }
    case 'alertFlapping':
      return { kind: 'flapping', marks: [], names: [] }
    case 'alertSettled':
      return { kind: 'settled', marks: [], names: [] }
    case 'alertRelabelled':
      return {
        kind: 'relabelled',
        marks: [],
        names: [],
        also: Object.values(event.value.origin?.labels ?? {}),
      }
    case 'alertUnacknowledged': {
      const { end } = event.value
      if (end === AcknowledgementEnd.TAKEN_BACK) return undefined
      return { kind: 'unacknowledged', marks: [ACKNOWLEDGEMENT_END.word(end) ?? ''], names: [] }
    }
    default:
      return undefined
  }
}

// A round that reaches nobody makes no message that could be seen.
function roundHappening(event: DomainEvent, { tenant }: NotifyFact, aggregates: Aggregates): Said[] {
  if (event.case !== 'roundDue' || event.value.notifications.length > 0) return []
  const why = event.value.unreached.flatMap(({ reason, channel: id, schedule: by, member }) => [
    UNREACHED_REASON.word(reason) ?? '',
    aggregates.state(tenant, by, schedule)?.spec.name ?? '',
    aggregates.state(tenant, id, channel)?.spec.name ?? '',
    member,
  ])
  return [{ kind: 'nobody', marks: roundMark(event.value), names: [...countsOf(event.value), ...why] }]
}

function messageHappening(
  event: DomainEvent,
  { tenant, id }: NotifyFact,
  aggregates: Aggregates,
): Said | undefined {
  const { message } = aggregates.state(tenant, id, notification)
  switch (event.case) {
    case 'notificationMuted': {
      const { stage, detail } = event.value
      const { names, also } = alertNames(aggregates, tenant, id)
      return { kind: 'muted', marks: [stage], names: [...names, detail], also }
    }
    case 'notificationUnmuted':
      return { kind: 'unmuted', marks: [], ...alertNames(aggregates, tenant, id) }
    case 'notificationDelivered':
      return message && toldOf(message.due, tenant, aggregates)
    case 'deliveryFailed': {
      const { reason, attempt } = event.value
      return message && attemptOf('failed', { due: message.due, tenant, reason, attempt }, aggregates)
    }
    case 'notificationGivenUp': {
      const { reason, attempt, refused } = event.value
      const said = message && attemptOf('dead', { due: message.due, tenant, reason, attempt }, aggregates)
      return said && { ...said, marks: [...said.marks, ...(refused ? ['refused'] : [])] }
    }
    default:
      return undefined
  }
}

type Attempt = {
  readonly due: NotificationDue
  readonly tenant: string
  readonly reason: string
  readonly attempt: number
}

const attemptOf = (
  kind: 'failed' | 'dead',
  { due, tenant, reason, attempt }: Attempt,
  aggregates: Aggregates,
): Said => ({
  kind,
  marks: [channelName(aggregates, tenant, due.channel)],
  names: [`attempt=${attempt}`, reason],
  also: [roundOf(due), tenant],
})

function toldOf(due: NotificationDue, tenant: string, aggregates: Aggregates): Said {
  const schedules = aggregates.state(tenant, due.schedule, schedule)
  return {
    kind: 'notify',
    marks: [channelName(aggregates, tenant, due.channel), ...roundMark(due)],
    names: [due.member, schedules?.spec.name ?? '', ...countsOf(due)],
    also: [roundOf(due), tenant],
  }
}

type Round = Pick<NotificationDue, 'kind' | 'alerts'>

// `firing=2`, `resolved=1`.
const countsOf = ({ alerts }: Round): string[] =>
  TOLD_STATE.all.flatMap((word) => {
    const count = alerts.filter(({ state }) => state === TOLD_STATE.value(word)).length
    return count > 0 ? [`${word}=${count}`] : []
  })

const roundOf = ({ kind }: Round): string => ROUND_KIND.word(kind) ?? ''

const roundMark = (round: Round): string[] => (roundOf(round) === 'first' ? [] : [roundOf(round)])

const channelName = (aggregates: Aggregates, tenant: string, id: string): string =>
  aggregates.state(tenant, id, channel)?.spec.name ?? id

type Names = Required<Pick<Happening, 'names' | 'also'>>

/** How an alert is spoken of. */
export function alertNames(aggregates: Aggregates, tenant: string, id: string): Names {
  const origin = aggregates.state(tenant, id, alert)?.origin
  if (!origin) return { names: [], also: [] }
  const { agentName, ruleName, dimension, severity } = origin
  return { names: [agentName, ruleName, dimension], also: [SEVERITY.word(severity) ?? '', tenant] }
}

const lateMark = (evidence: Evidence | undefined): string[] => (evidence?.late ? ['late'] : [])

const valueOf = (evidence: Evidence | undefined): string[] =>
  evidence?.value === undefined ? [] : [`value=${Number(evidence.value.toPrecision(4))}`]
