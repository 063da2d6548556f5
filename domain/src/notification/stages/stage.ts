// What every stage is: it looks at one alert and says why nothing is sent of it, or lets it pass.

import type { KnownAlert } from '../held.ts'
import type { TenantState } from '../state.ts'
import type { StageName, Verdict } from '../verdict.ts'

export type StageContext = {
  readonly tenant: TenantState
  /** Of when it is asked: now; of an alert that is over, when it fired. */
  readonly atMs: number
}

export type Stage = (alert: KnownAlert, context: StageContext) => Verdict

/** @param untilMs when it may be otherwise without an event */
export const pass = (stage: StageName, untilMs = Infinity): Verdict => ({
  stage,
  outcome: 'pass',
  by: '',
  detail: '',
  untilMs,
})

type Reason = { readonly by?: string; readonly detail: string; readonly untilMs?: number }

export const mute = (stage: StageName, { by = '', detail, untilMs = Infinity }: Reason): Verdict => ({
  stage,
  outcome: 'mute',
  by,
  detail,
  untilMs,
})

export const hold = (stage: StageName, { by = '', detail, untilMs = Infinity }: Reason): Verdict => ({
  stage,
  outcome: 'hold',
  by,
  detail,
  untilMs,
})
