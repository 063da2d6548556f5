// What the evaluator hands out: a command for one alert, under a key that is the same whenever the log is read again.

import type { ChainPlace } from '@secumon/contracts/gen/alert'
import type { AlertCommand } from '../alert/alert.ts'

export type Decision = {
  /** Of the alert: the agent's, or `system` for the platform's own. */
  readonly tenant: string
  /** ULID. */
  readonly alert: string
  readonly command: AlertCommand
  /** The sample that brought it about; absent where time or a change of rules did. */
  readonly cause?: ChainPlace
  /** Stable: the command id is a hash of it. */
  readonly key: string
}

/** What an alert's id is made of: a ULID of `atMs` and a hash of the rest. */
export type AlertSeed = {
  readonly ruleTenant: string
  readonly rule: string
  /** Empty for the platform. */
  readonly agent: string
  readonly dimension: string
  /** Absent where time alone decided. */
  readonly place: ChainPlace | undefined
  readonly atMs: number
}

export type AlertId = (seed: AlertSeed) => string
