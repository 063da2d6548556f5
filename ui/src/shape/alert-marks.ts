// The lines over an alert's metric: where it fires and where it recovers.

import type { MarkLine } from '../charts/marks.ts'
import type { AlertDetail, RuleSpec } from '../lib/alerting-types.ts'

type Labels = { readonly threshold: string; readonly recovery: string }

/** A rule on the change per second of a gauge has a threshold that is not on the metric's own axis. */
const isOnAxis = (rule: RuleSpec | null): boolean =>
  rule === null || rule.condition.kind !== 'metric' || rule.condition.aggregation !== 'rate'

export function alertMarkLines(
  { alert, rule }: Pick<AlertDetail, 'alert' | 'rule'>,
  labels: Labels,
): MarkLine[] {
  if (alert.threshold === null || !isOnAxis(rule)) return []
  const recovery = rule?.condition.kind === 'metric' ? rule.condition.recovery : null
  return [
    { kind: 'threshold', value: alert.threshold, label: labels.threshold },
    ...(recovery === null || recovery === alert.threshold
      ? []
      : [{ kind: 'recovery', value: recovery, label: labels.recovery } as const]),
  ]
}
