// What a stage says of an alert.

/** Why an alert is told or not, and until when that holds. */
export type Verdict = {
  readonly stage: StageName
  /** `hold`: it is not said yet; a moment will tell. */
  readonly outcome: 'pass' | 'hold' | 'mute'
  /** ULID of what mutes. */
  readonly by: string
  readonly detail: string
  readonly untilMs: number
}

export type StageName =
  | 'late'
  | 'dependency'
  | 'unknown_host'
  | 'flapping'
  | 'maintenance'
  | 'silence'
  | 'no_policy'
  | 'active_hours'
  | 'grouping'
  | 'deduplication'
  | 'escalation_step'
  | 'channel'
