// What a rule wants done when nothing is heard: a rule on a metric says so always, others never.

import { create } from '@bufbuild/protobuf'
import { NO_DATA } from '@secumon/contracts/alerting-words'
import { NoDataPolicy, NoDataSchema, type NoData, type RuleSpec } from '@secumon/contracts/gen/rule'
import { metricOf } from '@secumon/contracts/metrics'
import { invalid } from './invalid.ts'

const MIN_SILENCE_MS = 10_000
export const MAX_SILENCE_MS = 7 * 24 * 3_600_000

const IGNORED = create(NoDataSchema, { policy: NoDataPolicy.IGNORE })

/** Fills in `ignore` where nothing is said. @throws Rejected */
export function settleSilence(spec: RuleSpec): void {
  const { noData = IGNORED, condition } = spec
  if (condition.case === 'metric' || condition.case === 'forecast') {
    checkPolicy(noData, condition.value.metric)
    spec.noData = noData
  } else if (noData.policy === NoDataPolicy.IGNORE) spec.noData = undefined
  else throw invalid('a policy for silence is for rules on a metric')
}

function checkPolicy({ policy, afterMs }: NoData, metric: string): void {
  if (!NO_DATA.word(policy)) throw invalid('the policy for silence is ignore, alert or resolve')
  if (policy === NoDataPolicy.IGNORE) {
    if (afterMs !== 0) throw invalid('silence that is ignored needs no time')
    return
  }
  if (afterMs < MIN_SILENCE_MS || afterMs > MAX_SILENCE_MS)
    throw invalid('silence takes 10 seconds to 7 days')
  if (policy === NoDataPolicy.ALERT && metricOf(metric)?.dimension === 'process')
    throw invalid('processes come and go: their silence cannot be an alert')
}
