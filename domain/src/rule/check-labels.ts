// Labels of a rule: few, short, and none of those that an alert has by itself.

import { METRICS } from '@secumon/contracts/metrics'
import { invalid } from './invalid.ts'

export const MAX_LABELS = 20
const MAX_VALUE_LENGTH = 200
const LABEL = /^[a-z][a-z0-9_]{0,62}$/

/** Labels that the evaluator gives every alert. */
export const RESERVED_LABELS: ReadonlySet<string> = new Set([
  'severity',
  'rule',
  'agent',
  'metric',
  'tags',
  ...METRICS.flatMap((metric) => ('dimension' in metric ? [metric.dimension] : [])),
])

/** @throws Rejected */
export function checkLabels(labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels)
  if (entries.length > MAX_LABELS) throw invalid(`a rule has at most ${MAX_LABELS} labels`)
  for (const [name, value] of entries) checkLabel(name, value)
}

function checkLabel(name: string, value: string): void {
  if (!LABEL.test(name))
    throw invalid(
      `not a label: ${JSON.stringify(name.slice(0, 80))}; a label is up to 63 of a-z, 0-9 and _, and begins with a letter`,
    )
  if (RESERVED_LABELS.has(name)) throw invalid(`every alert has the label ${name} already`)
  if (value === '' || value.length > MAX_VALUE_LENGTH)
    throw invalid(`the label ${name} needs a value of 1 to ${MAX_VALUE_LENGTH} characters`)
}
