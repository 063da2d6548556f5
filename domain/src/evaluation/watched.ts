// One agent as the evaluator sees it: the rules that concern it and what is remembered of each. The platform is watched
// in the same way, as an agent without a name.

import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import type { Plan } from './plan.ts'
import type { KnownAgent } from './rule-set.ts'
import type { Slot } from './series.ts'

/** Until the agent has said how often it measures. */
export const DEFAULT_PERIOD_MS = 10_000

export type Watched = {
  /** ULID; empty for the platform. */
  readonly id: string
  known: KnownAgent
  plan: Plan
  /** One per rule of the plan. */
  slots: Slot[]
  /** Event time of the newest sample that was judged. */
  newestMs: number
  /** When its last frame was received; undefined before the first. */
  receivedMs: number | undefined
  periodMs: number
  /** Alerts of it were told that it is unknown. */
  isUnknown: boolean
}

export const watch = (id: string, known: KnownAgent, plan: Plan): Watched => ({
  id,
  known,
  plan,
  slots: Array.from<Slot>({ length: plan.rules.length }),
  newestMs: 0,
  receivedMs: undefined,
  periodMs: DEFAULT_PERIOD_MS,
  isUnknown: false,
})

/** What the platform is known as: no agent, of no customer. */
export const PLATFORM: KnownAgent = {
  tenant: SYSTEM_TENANT,
  name: '',
  tags: [],
  retired: false,
  simulated: false,
}
