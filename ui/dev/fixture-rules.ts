// Rules and their preview for developing screens.

import type { Rule, RulePreview, RuleSpec } from '../src/lib/alerting-types.ts'
import { metricAt } from './fixture-data.ts'

const MINUTE = 60_000
const START_MS = Date.now()

const metric = (key: string, threshold: number, recovery: number | null = null): RuleSpec['condition'] => ({
  kind: 'metric', metric: key, comparison: 'gt', threshold, recovery, aggregation: 'last', window_ms: 0, dimension: '',
}) // prettier-ignore

const spec = (name: string, severity: RuleSpec['severity'], condition: RuleSpec['condition']): RuleSpec => ({
  name,
  description: `${name}: what it means and what to look at first.`,
  severity,
  condition,
  duration_ms: 5 * MINUTE,
  keep_firing_ms: 0,
  no_data: { policy: 'ignore', after_ms: 0 },
  labels: {},
  scope: { kind: 'everyone' },
  escalation_policy: null,
  runbook_url: '',
})

const SPECS: readonly RuleSpec[] = [
  spec('CPU busy', 'critical', metric('cpu.usage_percent', 50, 40)),
  spec('Memory nearly full', 'warning', metric('memory.usage_percent', 85)),
  spec('Disk nearly full', 'critical', metric('disk.usage_percent', 90)),
  spec('Load high', 'warning', metric('cpu.load_avg_5', 10)),
  spec('Host offline', 'critical', { kind: 'offline' }),
  { ...spec('Receive errors', 'info', metric('network.receive_errors', 1)), scope: { kind: 'tag', tag: 'env:prod' } },
  spec('Disk full within a day', 'warning', {
    kind: 'forecast', metric: 'disk.usage_percent', comparison: 'gt', threshold: 99, window_ms: 360 * MINUTE,
    horizon_ms: 1440 * MINUTE, dimension: '/*',
  }),
] // prettier-ignore

export const RULES: readonly Rule[] = SPECS.map((each, index) => ({
  id:
    index < 5
      ? String(index + 1).padStart(26, '0')
      : `01KRRRRRRRRRRRRRRRRRRRR${String(index).padStart(3, '0')}`,
  spec: each,
  enabled: index !== 3,
  built_in: index < 5,
  platform: false,
  version: index + 1,
  created_at: START_MS - 40 * 86_400_000,
  changed_at: START_MS - index * 86_400_000,
  changed_by:
    index < 5 ? { kind: 'platform', id: 'projector', name: null } : { kind: 'user', id: 'u1', name: 'admin' },
  firing: [1, 1, 2, 0, 1, 1, 0][index] ?? 0,
  pending: index === 0 ? 2 : 0,
}))

/** What /rules/preview answers. */
export function rulePreview({ condition }: RuleSpec): RulePreview {
  const to = Date.now()
  const step = 2 * MINUTE
  const from = to - 24 * 60 * MINUTE
  const times = Array.from({ length: 720 }, (_, i) => from + i * step)
  const key =
    condition.kind === 'metric' || condition.kind === 'forecast' ? condition.metric : 'cpu.usage_percent'
  const threshold = 'threshold' in condition ? condition.threshold : null
  const values = times.map((at) => metricAt(0, key, at, '/'))
  const spans: RulePreview['series'][number]['spans'] = []
  let since: number | undefined
  for (const [i, at] of [...times, to].entries()) {
    const holds = threshold !== null && (values[i] ?? -1) > threshold
    if (holds) since ??= at
    else if (since !== undefined) {
      spans.push({ state: 'pending', from: since, to: Math.min(since + 5 * MINUTE, at), value: null })
      if (at - since > 5 * MINUTE)
        spans.push({ state: 'firing', from: since + 5 * MINUTE, to: at, value: null })
      since = undefined
    }
  }
  return {
    from, to, step, in_scope: true, unit: 'percent', threshold,
    recovery: condition.kind === 'metric' ? condition.recovery : null,
    times, series: [{ dimension: null, values, spans }],
    fired: spans.filter(({ state }) => state === 'firing').length,
  } // prettier-ignore
}
