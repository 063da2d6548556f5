// Everything that chance decides about a run, from one seed.

import { createRandom } from '@secumon/edge/simulator/random'
import type { FaultKind, PlannedFault } from './fault.ts'

export type Draw = {
  /** A whole number of `least` to `most`. */
  between(least: number, most: number): number
  oneOf<T>(choices: readonly [T, ...T[]]): T
  /** Index of an item that has not come for as long as possible: every one comes once before any comes twice. */
  fromDeck(name: string, size: number): number
  readonly cast: Cast
}

/** Whom faults can strike, and how patient the run is. */
export type Cast = {
  readonly agents: number
  readonly fleets: number
  /** Faults last a few seconds only. */
  readonly isBrief: boolean
}

export type PlanOptions = Cast & {
  readonly seed: number
  readonly faults: number
  readonly kinds: readonly FaultKind[]
  /** No kind comes twice before each has come once. */
  readonly isEven?: boolean
}

/** The faults of a run in their order. The same options give the same plan. */
export function drawPlan({ seed, faults, kinds, isEven, ...cast }: PlanOptions): PlannedFault[] {
  const draw = createDraw(seed, cast)
  return Array.from({ length: faults }, (_, i) => {
    const kind = isEven ? kinds[draw.fromDeck('kinds', kinds.length)] : weighted(kinds, draw)
    if (!kind) throw new RangeError('there is no kind of fault to draw from')
    return { ...kind.draw(draw), number: i + 1, kind: kind.name }
  })
}

export function createDraw(seed: number, cast: Cast): Draw {
  const random = createRandom(seed)
  const decks = new Map<string, number[]>()
  const between = (least: number, most: number) => least + Math.floor(random.next() * (most - least + 1))
  return {
    cast,
    between,
    oneOf: (choices) => choices[between(0, choices.length - 1)] ?? choices[0],
    fromDeck: (name, size) => {
      const deck = decks.get(name) ?? []
      if (deck.length === 0) deck.push(...Array.from({ length: size }, (_, i) => i))
      const [card = 0] = deck.splice(between(0, deck.length - 1), 1)
      decks.set(name, deck)
      return card
    },
  }
}

function weighted(kinds: readonly FaultKind[], draw: Draw): FaultKind | undefined {
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0)
  let left = draw.between(1, total)
  return kinds.find(({ weight }) => (left -= weight) <= 0)
}
