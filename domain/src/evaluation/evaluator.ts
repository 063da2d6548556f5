// Judges the telemetry of one shard by the rules in force: frames and ticks in, decisions out. The same log gives the same
// decisions, however it is split and wherever a saved evaluator goes on. Pure but for what it remembers.

import { canHear, type Hearing } from '../agent-status.ts'
import { adoptAlert, endOrphan, forgetTold, type OpenAlert } from './adopt-alerts.ts'
import { compileRule, type CompiledRule } from './compiled-rule.ts'
import type { AlertId, Decision } from './decision.ts'
import { judgeFrame } from './judge-frame.ts'
import { judgeKnown } from './judge-known.ts'
import { boundTimes, judgeSilence } from './judge-silence.ts'
import { judgeOffline, judgePlatform, type PlatformReadings, type TickContext } from './judge-status.ts'
import type { JudgedFrame } from './judged-frame.ts'
import { adoptedMoment, rulesMoment, type Activation } from './moment.ts'
import { EMPTY_PLAN, Plans } from './plan.ts'
import type { RuleSet } from './rule-set.ts'
import { Saving } from './saving.ts'
import { putSeries } from './series.ts'
import type { SavedAgent, SavedState } from './state-codec.ts'
import { takePlan } from './take-rules.ts'
import type { Desk } from './turn.ts'
import { PLATFORM, watch, type Watched } from './watched.ts'

const NO_READINGS: PlatformReadings = new Map()

export class Evaluator {
  readonly #alertId: AlertId
  readonly #agents = new Map<string, Watched>()
  readonly #platform = watch('', PLATFORM, EMPTY_PLAN)
  #ruleSet: RuleSet = { rules: [], agents: new Map() }
  #rules = new Map<string, CompiledRule>()
  #plans = new Plans([])
  /** By the log: of the newest tick … */
  #tickMs = 0
  /** … or of rules that were taken before one. */
  #timeMs = 0
  #saving: Saving | undefined

  constructor({ alertId }: { readonly alertId: AlertId }) {
    this.#alertId = alertId
  }

  /** One that goes on where another was saved. */
  static restore(saved: SavedState, { alertId }: { readonly alertId: AlertId }): Evaluator {
    const evaluator = new Evaluator({ alertId })
    evaluator.take(saved.ruleSet, { atMs: saved.timeMs, version: 0 })
    evaluator.#tickMs = saved.tickMs
    for (const agent of [saved.platform, ...saved.agents]) evaluator.#put(agent)
    return evaluator
  }

  /** What it remembers now: to be written piece by piece while it goes on. Ends a saving that was begun before. */
  beginSaving(): Saving {
    this.#endSaving()
    const [tickMs, timeMs, ruleSet] = [this.#tickMs, this.#timeMs, this.#ruleSet]
    const saving = new Saving({ tickMs, timeMs, ruleSet, platform: this.#platform, agents: this.#agents })
    this.#saving = saving
    return saving
  }

  /** Judges by these rules from here on. Ends the alerts that they say nothing of, and tells the others their names. */
  take(ruleSet: RuleSet, activation: Activation): Decision[] {
    this.#endSaving()
    const rules = compileAll(ruleSet)
    const desk = this.#desk()
    this.#ruleSet = ruleSet
    this.#rules = new Map(rules.map((rule) => [rule.key, rule]))
    this.#plans = new Plans(rules)
    this.#timeMs = activation.atMs
    const taken = { byKey: this.#rules, moment: rulesMoment(activation), desk }
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
    if (!agent) return []
    const desk = this.#desk()
    this.#keepSaved(agent)
    judgeFrame(agent, frame, desk)
    return desk.decisions
  }

  /**
   * Judges what time alone tells.
   * @param hearing what the shard's ticks have said, this one included
   * @param readings what the platform says of itself with this tick
   */
  tick(hearing: Hearing, tickMs: number, readings: PlatformReadings = NO_READINGS): Decision[] {
    // One that is not believed yet moves no time: what was decided at this moment stands.
    if (tickMs === this.#tickMs) return []
    this.#endSaving()
    const context: TickContext = { hearing, tickMs, desk: this.#desk() }
    this.#tickMs = this.#timeMs = tickMs
    judgePlatform(this.#platform, readings, context)
    const heard = canHear(hearing)
    for (const agent of this.#agents.values()) {
      boundTimes(agent, context)
      judgeKnown(agent, context)
      judgeOffline(agent, context)
      if (heard) judgeSilence(agent, context)
    }
    return inOrder(context.desk.decisions)
  }

  /**
   * After a memory that was lost has been built anew from the log, and what was decided meanwhile was thrown away: goes on
   * with the alerts that are open. Ends those that no rule judges any more; the others are told with their next sample.
   */
  adopt(alerts: readonly OpenAlert[]): Decision[] {
    this.#endSaving()
    const end = { moment: adoptedMoment(this.#timeMs), desk: this.#desk() }
    const adopting = { ...end, byKey: this.#rules }
    for (const agent of [this.#platform, ...this.#agents.values()]) forgetTold(agent)
    for (const alert of alerts) {
      const orphaned = adoptAlert(this.#watched(alert.state.origin.agent), alert, adopting)
      if (orphaned !== undefined) endOrphan(alert, orphaned, end)
    }
    return inOrder(end.desk.decisions)
  }

  // Before everything changes at once, what is left is written at once: whoever has time waits with ticks and rules until
  // the saving is whole. What is kept is not held on to.
  #endSaving(): void {
    this.#saving?.keepAll()
    this.#saving = undefined
  }

  #keepSaved(agent: Watched): void {
    this.#saving?.keep(agent)
    if (this.#saving?.isKept) this.#saving = undefined
  }

  #desk(): Desk {
    return { alertId: this.#alertId, decisions: [] }
  }

  #watched(id: string): Watched | undefined {
    const held = id === '' ? this.#platform : this.#agents.get(id)
    if (held) return held
    const known = this.#ruleSet.agents.get(id)
    if (!known) return undefined
    const agent = watch(id, known, this.#plans.of(id, known))
    this.#agents.set(id, agent)
    return agent
  }

  #put({ id, newestMs, receivedMs, periodMs, series }: SavedAgent): void {
    const agent = this.#watched(id)
    if (!agent) return
    const isUnknown = series.some((one) => one.series.active?.hostUnknown)
    Object.assign(agent, { newestMs, receivedMs, periodMs, isUnknown } satisfies Partial<Watched>)
    for (const { rule, ...placed } of series) {
      const place = agent.plan.rules.findIndex(({ key }) => key === rule)
      if (place >= 0) putSeries(agent.slots, place, placed)
    }
  }
}

function compileAll({ rules }: RuleSet): CompiledRule[] {
  const compiled = rules.flatMap((rule) => compileRule(rule) ?? [])
  return compiled.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
}

// In which order agents were first heard says nothing: by alert, and of one alert as it was decided.
const inOrder = (decisions: Decision[]): Decision[] =>
  decisions.toSorted((a, b) => (a.alert < b.alert ? -1 : Number(a.alert > b.alert)))
