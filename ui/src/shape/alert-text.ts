// Alerts in the viewer's words: who, why muted, why resolved, what an event means, what a message told.

import type { Messages } from '../i18n/en.ts'
import type { Actor, AlertEvent, AlertRow, Mute, Notification, Unreached } from '../lib/alerting-types.ts'

/** `anna`, `you`, `SecuMon`. @param self id of the viewer */
export function actorName(actor: Actor | null, t: Messages, self?: string): string {
  if (actor === null) return t.somebody
  if (actor.kind === 'platform') return t.thePlatform
  if (actor.id === self) return t.you
  return actor.name ?? actor.id
}

/** What an alert is about: `db-1 · /var`, or the platform. */
export const subjectOf = (row: Pick<AlertRow, 'agent' | 'dimension'>, t: Messages): string =>
  [row.agent?.name ?? t.ofPlatform, row.dimension].filter((part) => part).join(' · ')

/** Rule and subject in one line, for dialogs and announcements. */
export const alertName = (row: Pick<AlertRow, 'rule' | 'agent' | 'dimension'>, t: Messages): string =>
  `${row.rule.name}, ${subjectOf(row, t)}`

/** Why nobody is told, naming what mutes. */
export function muteText({ stage, by_name, detail, by }: Mute, t: Messages): string {
  const name = by_name ?? (detail || by) ?? ''
  switch (stage) {
    case 'dependency':
      return t.muteDependency(name)
    case 'unknown_host':
      return t.muteUnknownHost
    case 'late':
      return t.muteLate
    case 'flapping':
      return t.muteFlapping
    case 'maintenance':
      return t.muteMaintenance(name)
    case 'silence':
      return t.muteSilence(name)
    case 'active_hours':
      return t.muteActiveHours(name)
    case 'no_policy':
      return t.muteNoPolicy
    default:
      return t.muteOther(detail || stage)
  }
}

/** Who could not be reached, and why. */
export function unreachedText({ reason, schedule, channel, member }: Unreached, t: Messages): string {
  const by = channel?.name ?? channel?.id ?? ''
  const turn = schedule?.name ?? schedule?.id ?? ''
  if (reason === 'nobody_on_call') return t.unreachedNobody(turn)
  if (reason === 'schedule_gone') return t.unreachedSchedule(turn)
  return member === null ? t.unreachedChannel(by) : t.unreachedMember(by, member)
}

const RESOLUTIONS = {
  recovered: 'recovered',
  not_confirmed: 'notConfirmed',
  no_data: 'resolvedNoData',
  rule_changed: 'ruleChanged',
  agent_retired: 'agentRetired',
  out_of_scope: 'outOfScope',
} as const

/** Why it was resolved. */
export const resolutionText = (resolution: keyof typeof RESOLUTIONS | null, t: Messages): string =>
  resolution === null ? t.stateResolved : t[RESOLUTIONS[resolution]]

/** One sentence per event. @param who the name of who caused it */
export function eventText(event: AlertEvent, who: string, t: Messages): string {
  switch (event.kind) {
    case 'pending':
      return t.eventPending
    case 'fired':
      return event.evidence?.value === null ? t.eventFiredNoData : t.eventFired
    case 'resolved':
      return t.eventResolved(resolutionText(event.resolution, t))
    case 'flapping':
      return t.eventFlapping(`${Math.round(event.change_percent ?? 0)}\u00a0%`)
    case 'settled':
      return t.eventSettled
    case 'host_unknown':
      return t.eventHostUnknown
    case 'host_known':
      return t.eventHostKnown
    case 'relabelled':
      return t.eventRelabelled([event.labels?.rule, event.labels?.agent].filter((part) => part).join(', '))
    case 'acknowledged':
      return t.eventAcknowledged(who)
    case 'unacknowledged':
      return event.end === 'expired'
        ? t.eventExpired
        : event.end === 'changed'
          ? t.eventWorse
          : t.eventTakenBack(who)
    case 'noted':
      return t.eventNoted(who)
  }
}

/** Which round of messages it was. */
export function roundText(
  { kind, step, test }: Pick<Notification, 'kind' | 'step' | 'test'>,
  t: Messages,
): string {
  if (test) return t.toldTest
  switch (kind) {
    case 'first':
      return t.toldFirst
    case 'changed':
      return t.toldChanged
    case 'escalated':
      return t.toldEscalated(String(step + 1))
    case 'repeated':
      return t.toldRepeated
    case 'resolved':
      return t.toldResolved
    case 'acknowledged':
      return t.toldAcknowledged
    case 'summary':
      return t.toldSummary
  }
}

/** When the present state began. */
export const stateSince = (row: AlertRow): number =>
  (row.state === 'resolved' ? row.resolved_at : row.state === 'firing' ? row.fired_at : null) ?? row.began_at
