// Which agents cross which threshold at which of their ticks: drawn from a seed, each agent once at the most, for one tick.
// The same for every product that is measured.

import type { Observation } from '@secumon/contracts/gen/observation'
import { createRandom } from '@secumon/edge/simulator/random'
import { CROSSED_RULES, ruleName, type CrossedRule } from './rules.ts'

export type CrossingPlan = {
  readonly seed: number
  readonly agents: number
  /** Of each agent. */
  readonly ticks: number
  /** Ticks before the first crossing. */
  readonly settled: number
  /** Of the agents, from 0 to 1. */
  readonly share: number
}

export type Crossing = { readonly rule: CrossedRule; readonly tick: number }

/** A value that went over its threshold, or came back. */
export type Moment = {
  /** By its number. */
  readonly agent: number
  readonly rule: string
  readonly state: 'firing' | 'resolved'
  /** When it was measured. */
  readonly atMs: number
}

/** Every agent's crossing, by its number. */
export function drawCrossings({
  seed,
  agents,
  ticks,
  settled,
  share,
}: CrossingPlan): (Crossing | undefined)[] {
  const random = createRandom(seed)
  const span = ticks - settled - 1
  return Array.from({ length: agents }, () => {
    const [chance, tick, rule] = [random.next(), random.next(), random.next()]
    const crossed = CROSSED_RULES[Math.floor(rule * CROSSED_RULES.length)]
    return chance < share && crossed ? { rule: crossed, tick: settled + Math.floor(tick * span) } : undefined
  })
}

/** Puts the crossings into what agents measure, tick by tick, and tells of each. */
export class Crossings {
  readonly #crossings: readonly (Crossing | undefined)[]
  readonly #ticks: number[]
  readonly #tell: (moment: Moment) => void

  constructor(plan: CrossingPlan, tell: (moment: Moment) => void) {
    this.#crossings = drawCrossings(plan)
    this.#ticks = this.#crossings.map(() => 0)
    this.#tell = tell
  }

  /** The agent's next tick. */
  adjust(agent: number, { host, atMs }: Observation): void {
    const tick = this.#ticks[agent] ?? 0
    this.#ticks[agent] = tick + 1
    const crossing = this.#crossings[agent]
    if (!crossing || !host || tick < crossing.tick || tick > crossing.tick + 1) return
    const isOver = tick === crossing.tick
    if (isOver) crossing.rule.cross(host)
    const state = isOver ? 'firing' : 'resolved'
    this.#tell({ agent, rule: ruleName(crossing.rule), state, atMs: Number(atMs) })
  }
}
