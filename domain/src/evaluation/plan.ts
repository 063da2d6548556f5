// Which rules concern an agent. Agents that the same rules concern share one plan, so that an agent costs a slot per rule.

import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import { NoDataPolicy } from '@secumon/contracts/gen/rule'
import type { CompiledRule } from './compiled-rule.ts'
import type { KnownAgent } from './rule-set.ts'

export type Plan = {
  readonly rules: readonly CompiledRule[]
  /** Places in `rules` of those that judge samples, silence of the whole agent, and readings of the platform. */
  readonly metric: readonly number[]
  readonly offline: readonly number[]
  readonly platform: readonly number[]
}

export const EMPTY_PLAN: Plan = { rules: [], metric: [], offline: [], platform: [] }

export class Plans {
  readonly #rules: readonly CompiledRule[]
  readonly #plans = new Map<string, Plan>()

  /** @param rules in the order in which they are judged */
  constructor(rules: readonly CompiledRule[]) {
    this.#rules = rules
  }

  /** The plan of an agent. */
  of(agent: string, known: KnownAgent): Plan {
    if (known.retired) return EMPTY_PLAN
    return this.#shared((rule) => rule.judge.kind !== 'platform' && concerns(rule, agent, known))
  }

  /** The plan of the platform itself. */
  ofPlatform(): Plan {
    return this.#shared((rule) => rule.judge.kind === 'platform' && rule.rule.tenant === SYSTEM_TENANT)
  }

  #shared(wanted: (rule: CompiledRule) => boolean): Plan {
    const places: number[] = []
    this.#rules.forEach((rule, i) => wanted(rule) && places.push(i))
    const key = places.join()
    const found = this.#plans.get(key)
    if (found) return found
    const plan = planOf(places.flatMap((i) => this.#rules[i] ?? []))
    this.#plans.set(key, plan)
    return plan
  }
}

function planOf(rules: readonly CompiledRule[]): Plan {
  const places = (kind: CompiledRule['judge']['kind']): number[] =>
    rules.flatMap(({ judge }, i) => (judge.kind === kind ? [i] : []))
  return { rules, metric: places('metric'), offline: places('offline'), platform: places('platform') }
}

function concerns({ rule }: CompiledRule, agent: string, known: KnownAgent): boolean {
  if (rule.tenant !== known.tenant && rule.tenant !== SYSTEM_TENANT) return false
  const scope = rule.spec.scope?.scope
  switch (scope?.case) {
    case 'agent':
      return scope.value === agent
    case 'tag':
      return known.tags.includes(scope.value)
    case 'everyone':
      return true
    default:
      return false
  }
}

/** Whether a series of the rule is remembered while nothing is wrong with it. */
export const keepsSeries = ({ judge, silence }: CompiledRule): boolean =>
  judge.kind === 'metric' && (judge.windowMs > 0 || silence === NoDataPolicy.ALERT)
