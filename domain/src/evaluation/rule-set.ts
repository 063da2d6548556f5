// What is judged by, and who: the enabled rules and the agents of one shard, as they were at one place of EVENTS.

import type { RuleSpec } from '@secumon/contracts/gen/rule'

export type RuleInForce = {
  readonly tenant: string
  /** ULID. */
  readonly id: string
  readonly version: number
  readonly spec: RuleSpec
}

export type KnownAgent = {
  readonly tenant: string
  readonly name: string
  readonly tags: readonly string[]
  readonly retired: boolean
  readonly simulated: boolean
}

/** Only enabled rules are in force. An agent that is not in the set is not judged. */
export type RuleSet = {
  readonly rules: readonly RuleInForce[]
  /** By ULID. */
  readonly agents: ReadonlyMap<string, KnownAgent>
}
