// What alerts in incidents have in common.

import { RoundKind, ToldState } from '@secumon/contracts/gen/notification'
import type { Incident, KnownAlert, Membership } from './held.ts'

/** An incident that is so large takes no more: the next alert of its group opens another one. */
export const MAX_INCIDENT_ALERTS = 1_000

/** Why an alert left: it is over. Else it is the name of the stage that mutes it. */
export const LEFT_RESOLVED = 'resolved'

/** True when people were told that it fires, and not that it is over. */
export const isOwing = ({ told, returned }: Pick<Membership, 'told' | 'returned'>): boolean =>
  told === ToldState.FIRING || told === ToldState.ACKNOWLEDGED || (returned && told === ToldState.UNSPECIFIED)

/** Somebody has to see to it again: steps and repetitions count from here. */
export function needAttention(incident: Incident, atMs: number): void {
  if (!incident.acknowledged) return
  incident.acknowledged = false
  incident.unseenSinceMs = atMs
}

/** True when it fires, nobody has acknowledged it and nothing mutes it. */
export const needsAttention = ({ phase, acknowledgedUntilMs, muted }: KnownAlert): boolean =>
  phase === 'firing' && acknowledgedUntilMs === undefined && muted === undefined

/** It says what is over or acknowledged to those who know of it; the others are for whoever is to act. */
export const isForTold = (kind: RoundKind): boolean =>
  kind === RoundKind.RESOLVED || kind === RoundKind.ACKNOWLEDGED
