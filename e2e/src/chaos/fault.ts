// What a fault is: drawn from the seed before anything runs, then struck, left standing for a while, and mended.

import type { Draw } from './draw.ts'
import type { Scene } from './scene.ts'

export type DrawnFault = {
  /** Which process, volume or link it strikes. */
  readonly target: string
  /** How, where one kind has several ways. */
  readonly how?: string
  /** Time between strike and mend. */
  readonly forMs: number
  strike(scene: Scene): Promise<void>
  /** Takes away what was done; processes that are down are started again by the scene. */
  mend(scene: Scene): Promise<void>
}

export type FaultKind = {
  readonly name: string
  /** How often it is drawn beside the others. */
  readonly weight: number
  /** What it cannot do without. */
  readonly needs?: readonly Facility[]
  draw(draw: Draw): DrawnFault
}

/** What only some machines offer. */
export type Facility = 'volumes' | 'namespaces' | 'faketime'

export type PlannedFault = DrawnFault & { readonly number: number; readonly kind: string }

export const describeFault = ({ number, kind, target, how, forMs }: PlannedFault): string =>
  `${String(number).padStart(3)}  ${kind} · ${target}${how === undefined ? '' : ` · ${how}`} · ${(forMs / 1_000).toFixed(1)} s`
