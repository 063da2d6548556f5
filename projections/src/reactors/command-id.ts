// Ids that follow from what they stand for: the same decision has the same id in every process that comes to it.

import { ulid } from '@secumon/contracts/ids'
import type { AlertId } from '@secumon/domain/evaluation/decision'
import type { IncidentSeed, NotificationSeed } from '@secumon/domain/notification/state'
import { createHash } from 'node:crypto'

/** The id of a reactor's command: a hash of the reactor's name and the decision's key. */
export const commandIdOf = (reactor: string, key: string): string =>
  createHash('sha256').update(`secumon-command\0${reactor}\0${key}`).digest('hex').slice(0, 32)

/** A ULID that follows from a time and some texts. */
export const derivedUlid = (atMs: number, ...parts: readonly string[]): string =>
  ulid(
    Math.min(Math.max(0, Math.trunc(atMs)), 2 ** 48 - 1),
    createHash('sha256').update(parts.join('\0')).digest().subarray(0, 10),
  )

/** The id of an alert, by what began it. */
export const alertIdOf: AlertId = ({ ruleTenant, rule, agent, dimension, place, atMs }) => {
  const chain = place ? [place.epoch, place.lane, place.sequence, place.observation].join('.') : String(atMs)
  return derivedUlid(atMs, 'alert', ruleTenant, rule, agent, dimension, chain)
}

/** The id of an incident, by the alert that opened it and in how many that had been before. */
export const incidentIdOf = ({ tenant, policy, group, alert, number, atMs }: IncidentSeed): string =>
  derivedUlid(atMs, 'incident', tenant, policy, group, alert, String(number))

/** The id of a message, by its round: the idempotency key that its channel sees. */
export const notificationIdOf = ({ incident, round, channel, atMs }: NotificationSeed): string =>
  derivedUlid(atMs, 'notification', incident, String(round), channel)
