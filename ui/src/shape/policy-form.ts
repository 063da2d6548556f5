// The form of an escalation policy.

import type { PolicySpec, Target } from '../lib/alerting-types.ts'

const MINUTE = 60_000

export const NEW_POLICY: PolicySpec = {
  name: '',
  matchers: [],
  order: 100,
  group_by: ['rule'],
  group_wait_ms: 30_000,
  group_interval_ms: 5 * MINUTE,
  repeat_interval_ms: 0,
  steps: [{ delay_ms: 0, targets: [] }],
  repeats: 0,
  send_resolved: true,
  active_hours: null,
}

/** One that takes what no other does. */
export const restPolicy = (name: string): PolicySpec => ({ ...NEW_POLICY, name, order: 1_000_000 })

/** When each step is told, after the alert fires: the wait for more alerts counts too. */
export function stepTimes({
  steps,
  group_wait_ms: wait,
}: Pick<PolicySpec, 'steps' | 'group_wait_ms'>): number[] {
  let atMs = wait
  return steps.map(({ delay_ms: delayMs }) => (atMs += delayMs))
}

/** A target as the value of an option. */
export const targetWord = (target: Target): string =>
  target.kind === 'channel' ? `channel ${target.channel}` : `schedule ${target.schedule}`

/** And back; undefined for no option. */
export function targetOf(word: string): Target | undefined {
  const [kind, id] = word.split(' ')
  if (!id) return undefined
  if (kind === 'channel') return { kind, channel: id }
  return kind === 'schedule' ? { kind, schedule: id } : undefined
}

/** Labels of a line, each once. */
export const labelsOf = (line: string): string[] => [
  ...new Set(line.split(/[\s,]+/).filter((word) => word !== '')),
]
