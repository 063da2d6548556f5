// Judges the telemetry of one shard by the rules in force: frames and ticks in, decisions out. The same log gives the same
// decisions, however it is split and wherever a saved evaluator goes on. Pure but for what it remembers.

import type { Hearing } from '../agent-status.ts'
import { compileRule, type CompiledRule } from './compiled-rule.ts'
import type { AlertId, Decision } from './decision.ts'
import { judgeFrame } from './judge-frame.ts'
import { boundReceived, canHear, judgeSilence } from './judge-silence.ts'
import { judgeOffline, judgePlatform, type PlatformReadings, type TickContext } from './judge-status.ts'
import type { JudgedFrame } from './judged-frame.ts'
import { EMPTY_PLAN, Plans } from './plan.ts'
import type { RuleSet } from './rule-set.ts'
import { takePlan } from './take-rules.ts'
import { PLATFORM, watch, type Watched } from './watched.ts'

const NO_READINGS: PlatformReadings = new Map()

export class Evaluator {
  readonly #alertId: AlertId
  readonly #agents = new Map<string, Watched>()
  readonly #platform = watch('', PLATFORM, EMPTY_PLAN)
  #ruleSet: RuleSet = { rules: [], agents: new Map() }
  #plans = new Plans([])

  constructor({ alertId }: { readonly alertId: AlertId }) {
    this.#alertId = alertId
  }

  /** Judges by these rules from here on. Ends the alerts that they say nothing of. @param atMs the log's time */
  take(ruleSet: RuleSet, atMs: number): Decision[] {
    const rules = compileAll(ruleSet)
    const desk = this.#desk()
    const taken = { byKey: new Map(rules.map((rule) => [rule.key, rule])), atMs, desk }
    this.#ruleSet = ruleSet
    this.#plans = new Plans(rules)
    takePlan(this.#platform, { known: PLATFORM, plan: this.#plans.ofPlatform() }, taken)
    for (const agent of this.#agents.values()) {
      const known = ruleSet.agents.get(agent.id)
      takePlan(agent, known && { known, plan: this.#plans.of(agent.id, known) }, taken)
    }
    return inOrder(desk.decisions)
  }

  /** Judges one frame, which has not been given before. */
  frame(frame: JudgedFrame): Decision[] {
    const agent = this.#watched(frame.agent)
    const desk = this.#desk()
    if (agent && !agent.known.retired) judgeFrame(agent, frame, { desk, warming: false })
    return desk.decisions
  }

  /** @param hearing what the shard's ticks have said, this one included */
  tick(hearing: Hearing, tickMs: number, readings: PlatformReadings = NO_READINGS): Decision[] {
    const context: TickContext = { hearing, tickMs, desk: this.#desk(), warming: false }
    judgePlatform(this.#platform, readings, context)
    const heard = canHear(context)
    for (const agent of this.#agents.values()) {
      boundReceived(agent, context)
      judgeOffline(agent, context)
      if (heard) judgeSilence(agent, context)
    }
    return inOrder(context.desk.decisions)
  }

  #desk(): TickContext['desk'] {
    return { alertId: this.#alertId, decisions: [] }
  }

  #watched(id: string): Watched | undefined {
    const held = this.#agents.get(id)
    if (held) return held
    const known = this.#ruleSet.agents.get(id)
    if (!known) return undefined
    const agent = watch(id, known, this.#plans.of(id, known))
    this.#agents.set(id, agent)
    return agent
  }
}

function compileAll({ rules }: RuleSet): CompiledRule[] {
  const compiled = rules.flatMap((rule) => compileRule(rule) ?? [])
  return compiled.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
}

// In which order agents were first heard says nothing: by alert, and of one alert as it was decided.
const inOrder = (decisions: Decision[]): Decision[] =>
  decisions.sort((a, b) => (a.alert < b.alert ? -1 : Number(a.alert > b.alert)))
