// Folds EVENTS, envelope by envelope. Says nothing by itself; marks what has to be looked at again.

import type { DomainEvent } from '../decider.ts'
import { evolveAlert } from './fold/fold-alert.ts'
import { evolveIncident } from './fold/fold-incident.ts'
import { evolveMessage } from './fold/fold-message.ts'
import { evolveMuting } from './fold/fold-muting.ts'
import { evolveWays } from './fold/fold-ways.ts'
import { touchTenant } from './dirty.ts'
import { tenantOf, type NotifyState, type TenantState } from './state.ts'

/** One envelope of EVENTS. Each aggregate's come in order; what is no concern of alerting is passed over. */
export type NotifyFact = {
  readonly tenant: string
  readonly aggregate: string
  readonly id: string
  readonly version: number
  readonly atMs: number
  readonly events: readonly DomainEvent[]
}

/** What a fold is given of one event. */
export type Happened = {
  readonly id: string
  readonly version: number
  readonly atMs: number
  readonly event: DomainEvent
}

type Fold = (state: NotifyState, tenant: TenantState, happened: Happened) => void

const FOLDS: Readonly<Record<string, Fold>> = {
  alert: evolveAlert,
  silence: evolveMuting,
  maintenance: evolveMuting,
  escalation: evolveWays,
  schedule: evolveWays,
  channel: evolveWays,
  incident: evolveIncident,
  notification: evolveMessage,
}

/** Takes one envelope in; changes the state. */
export function evolve(state: NotifyState, { tenant: name, aggregate, events, ...rest }: NotifyFact): void {
  const fold = Object.hasOwn(FOLDS, aggregate) ? FOLDS[aggregate] : undefined
  if (!fold) return
  const tenant = tenantOf(state, name)
  for (const event of events) fold(state, tenant, { ...rest, event })
  touchTenant(state, tenant)
}
