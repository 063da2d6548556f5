// Whether an escalation policy can work. What passes is the policy as it is kept.

import { clone } from '@bufbuild/protobuf'
import {
  EscalationPolicySpecSchema,
  type EscalationPolicySpec,
  type EscalationStep,
} from '@secumon/contracts/gen/escalation'
import { isUlid } from '@secumon/contracts/ids'
import { checkActiveHours } from '../calendar/active-hours.ts'
import { checkMatchers } from '../matching/matchers.ts'
import { Rejected } from '../rejected.ts'

const DAY_MS = 24 * 3_600_000
export const MAX_POLICY_NAME_LENGTH = 200
export const MAX_STEPS = 20
export const MAX_TARGETS = 50
export const MAX_REPEATS = 100
export const MAX_GROUP_LABELS = 20
export const MAX_GROUP_WAIT_MS = 3_600_000
export const MAX_GROUP_INTERVAL_MS = 7 * DAY_MS
export const MAX_REPEAT_INTERVAL_MS = 30 * DAY_MS
export const MIN_REPEAT_INTERVAL_MS = 60_000
export const MAX_STEP_DELAY_MS = 7 * DAY_MS
const MAX_LABEL_LENGTH = 100

/**
 * The policy as it is kept. One without steps tells nobody: that is how alerts are left alone on purpose.
 * @throws Rejected `invalid` with the reason when it cannot work
 */
export function validPolicy(wanted: EscalationPolicySpec): EscalationPolicySpec {
  const spec = clone(EscalationPolicySpecSchema, wanted)
  spec.name = spec.name.trim()
  if (spec.name === '' || spec.name.length > MAX_POLICY_NAME_LENGTH)
    throw invalid(`an escalation policy needs a name of 1 to ${MAX_POLICY_NAME_LENGTH} characters`)
  checkMatchers(spec.matchers)
  spec.groupBy = [...new Set(spec.groupBy)].toSorted()
  checkGroups(spec)
  checkTimes(spec)
  checkSteps(spec)
  if (spec.activeHours) checkActiveHours(spec.activeHours)
  return spec
}

function checkGroups({ groupBy }: EscalationPolicySpec): void {
  if (groupBy.length > MAX_GROUP_LABELS)
    throw invalid(`alerts are grouped by at most ${MAX_GROUP_LABELS} labels`)
  if (groupBy.some((label) => label === '' || label.length > MAX_LABEL_LENGTH))
    throw invalid(`alerts are grouped by labels of 1 to ${MAX_LABEL_LENGTH} characters`)
}

function checkTimes({ groupWaitMs, groupIntervalMs, repeatIntervalMs }: EscalationPolicySpec): void {
  if (groupWaitMs > MAX_GROUP_WAIT_MS) throw invalid('the first message waits for others at most 1 hour')
  if (groupIntervalMs > MAX_GROUP_INTERVAL_MS) throw invalid('changes wait at most 7 days')
  if (repeatIntervalMs === 0) return
  if (repeatIntervalMs < MIN_REPEAT_INTERVAL_MS || repeatIntervalMs > MAX_REPEAT_INTERVAL_MS)
    throw invalid('it is told again after 1 minute to 30 days, or never: 0')
}

function checkSteps({ steps, repeats }: EscalationPolicySpec): void {
  if (steps.length > MAX_STEPS) throw invalid(`an escalation policy has at most ${MAX_STEPS} steps`)
  if (repeats > MAX_REPEATS)
    throw invalid(`an escalation policy is gone through again at most ${MAX_REPEATS} times`)
  steps.forEach(checkStep)
}

function checkStep({ delayMs, targets }: EscalationStep, i: number): void {
  const step = `step ${i + 1}`
  if (delayMs > MAX_STEP_DELAY_MS) throw invalid(`${step} waits at most 7 days`)
  if (targets.length === 0 || targets.length > MAX_TARGETS)
    throw invalid(`${step} has 1 to ${MAX_TARGETS} targets`)
  for (const { target } of targets)
    if (target.case === undefined || !isUlid(target.value))
      throw invalid(`a target of ${step} is a channel or a schedule, named by its id`)
}

const invalid = (reason: string): Rejected => new Rejected('invalid', reason)
