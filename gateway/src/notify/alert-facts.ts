// One alert as a message tells it, from the alert's own events. Who is told that it fires is told what was known then,
// whatever has become of it since: each attempt of a message says the same. Names are the newest of the events given.

import { RESOLUTION, SEVERITY, TOLD_STATE } from '@secumon/contracts/alerting-words'
import type { AlertFired, AlertOrigin, AlertResolved, Evidence } from '@secumon/contracts/gen/alert'
import { ToldState } from '@secumon/contracts/gen/notification'
import type { DomainEvent } from '@secumon/domain/decider'
import type { MessageAlert } from './message.ts'

export type ToldAlert = {
  /** ULID. */
  readonly alert: string
  readonly state: ToldState
}

type Life = {
  origin: AlertOrigin | undefined
  began: Evidence | undefined
  fired: AlertFired | undefined
  resolved: AlertResolved | undefined
}

/** Without its address; undefined where the events do not say how it began. */
export function alertFacts(events: readonly DomainEvent[], told: ToldAlert): MessageAlert | undefined {
  const { origin, began, fired, resolved } = lifeOf(events)
  if (!origin) return undefined
  const end = told.state === ToldState.RESOLVED ? resolved : undefined
  const evidence = end?.evidence ?? fired?.evidence ?? began
  return {
    ...originFacts(origin),
    id: told.alert,
    state: TOLD_STATE.word(told.state) ?? 'firing',
    value: finite(evidence?.value),
    threshold: finite(evidence?.threshold),
    noData: fired?.noData ?? false,
    sinceMs: Number((fired?.evidence ?? began)?.atMs ?? 0n),
    ...(end && {
      resolvedAtMs: Number(end.evidence?.atMs ?? 0n),
      resolution: RESOLUTION.word(end.resolution),
    }),
    url: '',
  }
}

/** When the frame was received that made it fire; 0 where it was none. */
export const firedByFrameMs = (events: readonly DomainEvent[]): number =>
  Number(lifeOf(events).fired?.evidence?.receivedAtMs ?? 0n)

function lifeOf(events: readonly DomainEvent[]): Life {
  const life: Life = { origin: undefined, began: undefined, fired: undefined, resolved: undefined }
  for (const { case: name, value } of events)
    if (name === 'alertPending') [life.origin, life.began] = [value.origin, value.evidence]
    else if (name === 'alertRelabelled') life.origin = value.origin ?? life.origin
    else if (name === 'alertFired') life.fired = value
    else if (name === 'alertResolved') life.resolved = value
  return life
}

const originFacts = (origin: AlertOrigin) => ({
  severity: SEVERITY.word(origin.severity) ?? 'warning',
  ruleName: origin.ruleName,
  description: origin.description,
  agentName: origin.agentName,
  metric: origin.metric,
  dimension: origin.dimension,
  simulated: origin.simulated,
  labels: origin.labels,
  runbookUrl: origin.runbookUrl,
})

const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value : undefined
