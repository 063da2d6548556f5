// Whether a rule can work. What passes is the rule in its canonical form; what does not is refused in words that say what
// to do about it.

import { clone } from '@bufbuild/protobuf'
import { SEVERITY } from '@secumon/contracts/alerting-words'
import { RuleSpecSchema, type RuleSpec } from '@secumon/contracts/gen/rule'
import { isUlid } from '@secumon/contracts/ids'
import { isTag } from '../agent.ts'
import { checkForecast, checkMetric, checkPlatform } from './check-condition.ts'
import { checkLabels } from './check-labels.ts'
import { settleSilence } from './settle-silence.ts'
import { invalid } from './invalid.ts'

export const MAX_RULE_NAME_LENGTH = 200
export const MAX_DESCRIPTION_LENGTH = 2_000
const MAX_URL_LENGTH = 2_000
const DAY_MS = 24 * 3_600_000
export const MAX_DURATION_MS = 7 * DAY_MS
export const MAX_KEEP_FIRING_MS = DAY_MS

/**
 * The rule as it is kept: trimmed, with what was left open filled in.
 * @throws Rejected `invalid` with the reason when it cannot work
 */
export function validRule(wanted: RuleSpec, tenant: string): RuleSpec {
  const spec = clone(RuleSpecSchema, wanted)
  spec.name = spec.name.trim()
  spec.description = spec.description.trim()
  checkTexts(spec)
  if (!SEVERITY.word(spec.severity)) throw invalid('a rule needs a severity: info, warning or critical')
  checkCondition(spec, tenant)
  checkTimes(spec)
  settleSilence(spec)
  checkLabels(spec.labels)
  checkScope(spec)
  return spec
}

function checkTexts({ name, description, runbookUrl, escalationPolicy }: RuleSpec): void {
  if (name === '' || name.length > MAX_RULE_NAME_LENGTH)
    throw invalid(`a rule needs a name of 1 to ${MAX_RULE_NAME_LENGTH} characters`)
  if (description.length > MAX_DESCRIPTION_LENGTH)
    throw invalid(`a description has at most ${MAX_DESCRIPTION_LENGTH} characters`)
  if (escalationPolicy !== '' && !isUlid(escalationPolicy))
    throw invalid('the escalation policy is named by its id')
  if (
    runbookUrl !== '' &&
    (runbookUrl.length > MAX_URL_LENGTH || !/^https?:\/\/[^\s/]+\S*$/.test(runbookUrl))
  )
    throw invalid('the runbook is a web address that begins with https:// or http://')
}

function checkCondition({ condition }: RuleSpec, tenant: string): void {
  switch (condition.case) {
    case 'metric':
      return checkMetric(condition.value)
    case 'forecast':
      return checkForecast(condition.value)
    case 'offline':
      return undefined
    case 'platform':
      return checkPlatform(condition.value, tenant)
    case undefined:
      throw invalid('a rule needs a condition: a metric, a forecast, offline, or the platform')
  }
}

function checkTimes({ durationMs, keepFiringMs }: RuleSpec): void {
  if (durationMs > MAX_DURATION_MS) throw invalid('the duration is at most 7 days')
  if (keepFiringMs > MAX_KEEP_FIRING_MS) throw invalid('an alert goes on firing for at most 24 hours')
}

function checkScope({ scope, condition }: RuleSpec): void {
  const who = scope?.scope
  switch (who?.case) {
    case 'agent':
      if (!isUlid(who.value)) throw invalid('the agent of the scope is named by its id')
      break
    case 'tag':
      if (!isTag(who.value)) throw invalid(`not a tag: ${JSON.stringify(who.value.slice(0, 80))}`)
      break
    case 'everyone':
      return
    default:
      throw invalid('a rule needs a scope: one agent, a tag, or everyone')
  }
  if (condition.case === 'platform')
    throw invalid('a rule about the platform concerns no agent: its scope is everyone')
}
