// A frame as it is judged: admitted, sound, not seen before, with the time of each observation as the log knows it.

import type { Observation } from '@secumon/contracts/gen/observation'

export type JudgedObservation = {
  /** Agent's time, corrected by its clock's offset. */
  readonly atMs: number
  readonly observation: Observation
}

export type JudgedFrame = {
  readonly agent: string
  readonly epoch: number
  /** Number of the lane on the wire. */
  readonly lane: number
  readonly sequence: number
  readonly receivedAtMs: number
  /** In the frame's order. */
  readonly observations: readonly JudgedObservation[]
}
