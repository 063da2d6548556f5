// A new set of rules: what is remembered moves to the rules' new versions, alerts that no rule judges any more end, and the
// others are told what they are called now.
// Another threshold holds from the next sample on.

import { Resolution } from '@secumon/contracts/gen/alert'
import type { CompiledRule } from './compiled-rule.ts'
import { endAlert } from './machine.ts'
import type { Moment } from './moment.ts'
import { EMPTY_PLAN, type Plan } from './plan.ts'
import type { KnownAgent } from './rule-set.ts'
import { relabelAlerts, type Naming } from './relabel.ts'
import { eachSeries, type Series, type Slot } from './series.ts'
import type { Desk } from './turn.ts'
import type { Watched } from './watched.ts'

export type NewRules = {
  /** Every rule in force, by its key. */
  readonly byKey: ReadonlyMap<string, CompiledRule>
  readonly moment: Moment
  readonly desk: Desk
}

/** What the new set says of an agent; undefined where it says nothing. */
export type NewPlace = { readonly known: KnownAgent; readonly plan: Plan } | undefined

/** Moves what is remembered of an agent to its new plan. */
export function takePlan(agent: Watched, next: NewPlace, rules: NewRules): void {
  const plan = next?.plan ?? EMPTY_PLAN
  const { known } = agent
  const places = new Map(plan.rules.map(({ key }, i) => [key, i]))
  const slots = Array.from<Slot>({ length: plan.rules.length })
  const kept: { readonly place: number; readonly was: Naming }[] = []
  agent.plan.rules.forEach((old, i) => {
    const slot = agent.slots[i]
    if (!slot) return
    const place = places.get(old.key)
    const rule = place === undefined ? undefined : plan.rules[place]
    if (place !== undefined && rule?.judged === old.judged) {
      slots[place] = keepMeant(agent, slot, { old, rule, rules })
      kept.push({ place, was: { rule: old, known } })
    } else endAll(agent, slot, { rule: old, resolution: reasonOf(old, next, rules), rules })
  })
  Object.assign(agent, { plan, slots, known: next?.known ?? { ...known, retired: true } })
  const { moment, desk } = rules
  for (const { place, was } of kept) relabelAlerts(agent, place, { was, moment, desk })
}

function reasonOf({ key, judged }: CompiledRule, next: NewPlace, { byKey }: NewRules): Resolution {
  if (!next || next.known.retired) return Resolution.AGENT_RETIRED
  return byKey.get(key)?.judged === judged ? Resolution.OUT_OF_SCOPE : Resolution.RULE_CHANGED
}

type Kept = { readonly old: CompiledRule; readonly rule: CompiledRule; readonly rules: NewRules }

function keepMeant(agent: Watched, slot: Slot, { old, rule, rules }: Kept): Slot {
  const isMeant = rule.judge.kind === 'metric' ? rule.judge.isMeant : undefined
  if (!isMeant || !(slot instanceof Map)) return slot
  for (const [dimension, series] of slot)
    if (!isMeant(dimension)) {
      endOne(agent, series, { rule: old, dimension, resolution: Resolution.RULE_CHANGED, rules })
      slot.delete(dimension)
    }
  return slot.size > 0 ? slot : undefined
}

type End = { readonly rule: CompiledRule; readonly resolution: Resolution; readonly rules: NewRules }

function endAll(agent: Watched, slot: Slot, end: End): void {
  eachSeries(slot, (series, dimension) => endOne(agent, series, { ...end, dimension }))
}

function endOne(
  agent: Watched,
  { active }: Series,
  { rule, dimension, resolution, rules }: End & { readonly dimension: string },
): void {
  if (!active) return
  const turn = { rule, agent, dimension, moment: rules.moment }
  endAlert(active, turn, { resolution, desk: rules.desk })
}
