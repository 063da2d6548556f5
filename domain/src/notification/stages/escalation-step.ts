// Stage escalation_step: which step of the policy comes next and after how long. One that reaches nobody is passed over.

import type { EscalationPolicySpec } from '@secumon/contracts/gen/escalation'
import type { Incident } from '../held.ts'
import type { TenantState } from '../state.ts'
import { joined, NOBODY, reachedBy, type Reach } from './channel.ts'

/** Before all steps are gone through again, where neither the first nor the last has a delay. */
const REPEAT_DELAY_MS = 5 * 60_000

export type Step = { readonly step: number; readonly repeat: number; readonly delayMs: number }

type Progress = Pick<Incident, 'step' | 'repeat'>

/** Undefined when all steps were gone through as often as they are to be. */
export function nextStep(
  { steps, repeats }: EscalationPolicySpec,
  { step, repeat }: Progress,
): Step | undefined {
  const next = steps[step + 1]
  if (next) return { step: step + 1, repeat, delayMs: next.delayMs }
  const [first, last] = [steps[0], steps.at(-1)]
  if (!first || !last || repeat >= repeats) return undefined
  return { step: 0, repeat: repeat + 1, delayMs: first.delayMs || last.delayMs || REPEAT_DELAY_MS }
}

/** The step itself, or the first one after it that reaches somebody; the last one where none does. */
export function reachingStep(
  tenant: TenantState,
  { steps }: EscalationPolicySpec,
  { from, atMs }: { readonly from: number; readonly atMs: number },
): Reach & { readonly step: number } {
  let asked = NOBODY
  for (let step = from; step < steps.length; step++) {
    asked = joined(asked, reachedBy(tenant, steps, { from: step, until: step + 1, atMs }))
    if (asked.reached.length > 0) return { step, ...asked }
  }
  return { step: Math.max(from, steps.length - 1), ...asked }
}
