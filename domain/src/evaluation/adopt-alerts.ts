// Alerts that are open by EVENTS, told to an evaluator whose memory was lost and built anew from the log. What it would have
// said meanwhile nobody has heard: from here on each series' alert says what EVENTS say of it.

import { create } from '@bufbuild/protobuf'
import { EvidenceSchema, Resolution, type AlertOrigin } from '@secumon/contracts/gen/alert'
import type { Alert } from '../alert/alert.ts'
import { ruleKey, type CompiledRule } from './compiled-rule.ts'
import type { Moment } from './moment.ts'
import { relabel } from './relabel.ts'
import { eachSeries, newActive, newSeries, type Active, type Series } from './series.ts'
import { metricName, type Desk } from './turn.ts'
import type { Watched } from './watched.ts'

/** An alert that is not resolved. */
export type OpenAlert = { readonly id: string; readonly tenant: string; readonly state: Alert }

const UNTOLD = {
  alert: '',
  told: 'idle',
  flapping: false,
  hostUnknown: false,
} as const satisfies Partial<Active>

/** Nothing that was decided so far was told to anybody. */
export function forgetTold(agent: Watched): void {
  agent.isUnknown = false
  for (const slot of agent.slots)
    eachSeries(slot, ({ active }) => {
      if (active) Object.assign(active, UNTOLD)
    })
}

export type Adopting = {
  readonly byKey: ReadonlyMap<string, CompiledRule>
  readonly moment: Moment
  readonly desk: Desk
}

/** Gives an open alert to its series, and tells it its names of now. Why it has none any more, if so. @param agent undefined where it is not known */
export function adoptAlert(
  agent: Watched | undefined,
  { id, state }: OpenAlert,
  { byKey, moment, desk }: Adopting,
): Resolution | undefined {
  if (!agent || agent.known.retired) return Resolution.AGENT_RETIRED
  const { origin } = state
  const rule = byKey.get(ruleKey({ tenant: origin.ruleTenant, id: origin.rule }))
  if (!rule || !isJudgedBy(origin, rule)) return Resolution.RULE_CHANGED
  const place = agent.plan.rules.indexOf(rule)
  if (place < 0) return Resolution.OUT_OF_SCOPE
  const active = (seriesAt(agent, place, origin.dimension).active ??= activeOf(state))
  active.alert = id
  active.told = state.phase === 'firing' ? 'firing' : 'pending'
  active.flapping = state.flapping
  active.hostUnknown = state.hostUnknown
  agent.isUnknown ||= state.hostUnknown
  relabel(active, origin, { turn: { rule, agent, dimension: origin.dimension, moment }, desk })
  return undefined
}

/** Ends an open alert that no series has. */
export function endOrphan(
  { id, tenant, state }: OpenAlert,
  resolution: Resolution,
  end: { moment: Moment; desk: Desk },
): void {
  const { atMs, name } = end.moment
  const at = BigInt(atMs)
  const evidence = create(EvidenceSchema, {
    atMs: at,
    receivedAtMs: at,
    ruleVersion: state.origin.ruleVersion,
  })
  const command = { kind: 'Resolve', evidence, resolution } as const
  end.desk.decisions.push({ tenant, alert: id, command, key: `${id} Resolve ${name}` })
}

const isJudgedBy = ({ metric, severity, dimension }: AlertOrigin, rule: CompiledRule): boolean => {
  const isMeant = rule.judge.kind === 'metric' ? rule.judge.isMeant : undefined
  return metric === metricName(rule) && severity === rule.rule.spec.severity && isMeant?.(dimension) !== false
}

function seriesAt(agent: Watched, place: number, dimension: string): Series {
  const slot = agent.slots[place]
  const held = slot instanceof Map ? slot.get(dimension) : slot
  if (held) return held
  const series = newSeries(agent.receivedMs ?? 0)
  if (slot instanceof Map) slot.set(dimension, series)
  else agent.slots[place] = dimension === '' ? series : new Map([[dimension, series]])
  return series
}

// Nothing is known of the series but its alert: it is what that says until it is judged again.
const activeOf = ({ phase, pendingSinceMs }: Alert): Active => ({
  ...newActive(pendingSinceMs),
  phase: phase === 'firing' ? 'firing' : 'pending',
})
