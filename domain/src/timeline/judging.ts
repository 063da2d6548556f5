// The evaluator's side of a script: the shard's log as it is judged, or kept while no alerter is there.

import { DEAF, gatewayHeard, ticked, type Hearing } from '../agent-status.ts'
import { agent } from '../agent.ts'
import type { AlertId, Decision } from '../evaluation/decision.ts'
import { Evaluator } from '../evaluation/evaluator.ts'
import type { JudgedFrame } from '../evaluation/judged-frame.ts'
import { decodeEvaluator, encodeEvaluator } from '../evaluation/saved-state.ts'
import type { RuleSet } from '../evaluation/rule-set.ts'
import { rule } from '../rule/rule.ts'
import { stateOf, type Aggregates } from './aggregates.ts'

export type TickEntry = {
  readonly atMs: number
  /** A gateway has said that it is there. */
  readonly isHeard: boolean
  readonly readings: ReadonlyMap<string, number>
}

// The gateways of a script are there or not, all of them.
const GATEWAY = 'gateway'

export class Judging {
  readonly #alertId: AlertId
  #evaluator: Evaluator
  readonly #aggregates: Aggregates
  #hearing: Hearing = DEAF
  #rulesWait = false
  #activations = 0
  #kept: (() => Decision[])[] = []
  isUp = true

  constructor(aggregates: Aggregates, alertId: AlertId) {
    this.#aggregates = aggregates
    this.#alertId = alertId
    this.#evaluator = new Evaluator({ alertId })
  }

  /** Rules or agents have changed: they judge what comes now. Where no alerter is there, what comes after it is back. */
  changed(atMs: number): void {
    if (this.isUp) this.#kept.push(() => this.#take(atMs))
    else this.#rulesWait = true
  }

  frame(frame: JudgedFrame): void {
    this.#kept.push(() => this.#evaluator.frame(frame))
  }

  tick({ atMs, isHeard, readings }: TickEntry): void {
    this.#kept.push(() => {
      if (isHeard) this.#hearing = gatewayHeard(this.#hearing, GATEWAY, atMs)
      this.#hearing = ticked(this.#hearing, atMs)
      return this.#evaluator.tick(this.#hearing, this.#hearing.tickMs, readings)
    })
  }

  /** Goes on from what it has saved. */
  restart(): void {
    this.#evaluator = decodeEvaluator(encodeEvaluator(this.#evaluator), { alertId: this.#alertId })
  }

  /** What is decided of what was kept; nothing while no alerter is there. */
  decide(atMs: number): Decision[] {
    if (!this.isUp) return []
    const kept = this.#kept
    this.#kept = []
    const decisions = kept.flatMap((judge) => judge())
    return this.#rulesWait ? [...decisions, ...this.#take(atMs)] : decisions
  }

  #take(atMs: number): Decision[] {
    this.#rulesWait = false
    return this.#evaluator.take(ruleSetOf(this.#aggregates), { atMs, version: ++this.#activations })
  }
}

function ruleSetOf(aggregates: Aggregates): RuleSet {
  const rules = aggregates.all(rule.aggregate).flatMap((held) => {
    const state = stateOf(held, rule)
    const { ref, version } = held
    return state?.enabled && !state.deleted
      ? [{ tenant: ref.tenant, id: ref.id, version, spec: state.spec }]
      : []
  })
  const agents = aggregates.all(agent.aggregate).flatMap((held) => {
    const state = stateOf(held, agent)
    return state ? [[held.ref.id, { tenant: held.ref.tenant, ...state }] as const] : []
  })
  return { rules, agents: new Map(agents) }
}
