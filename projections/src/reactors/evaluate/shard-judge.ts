// One shard's telemetry, judged message by message: what was seen before is left out, time is what the shard's own ticks
// say, and rules change where their activation says. Everything here can be saved and goes on where it was.

import type { Tick } from '@secumon/contracts/gen/frame'
import { laneNumber, type LaneName } from '@secumon/contracts/lanes'
import { DEAF, gatewayHeard, ticked, type Hearing } from '@secumon/domain/agent-status'
import type { Decision } from '@secumon/domain/evaluation/decision'
import type { Evaluator } from '@secumon/domain/evaluation/evaluator'
import type { RuleSet } from '@secumon/domain/evaluation/rule-set'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import { readFact } from '../../facts.ts'
import { admitToLane, type LaneFact } from '../../lane-admission.ts'
import { observedAtMs } from '../../observed-at.ts'
import type { FrameFact } from '../../projector.ts'

type LanePlace = { readonly epoch: number; readonly sequence: number }

/** What the judge remembers beside its evaluator; it can be serialized. */
export type SavedJudge = {
  readonly hearing: Hearing
  readonly nowMs: number
  readonly lanes: Map<string, LanePlace>
}

export const newJudge = (): SavedJudge => ({ hearing: DEAF, nowMs: 0, lanes: new Map() })

/** `undefined`: the message is no fact, or was seen before. */
export type Judged = { readonly decisions: readonly Decision[]; readonly receivedAtMs?: number } | undefined

const TELEMETRY: LaneName = 'telemetry'
// What was taken is compared by its place alone: two records of one place are for the archive to tell apart.
const NO_HEAD = { hash: new Uint8Array() }
const NO_HORIZON = { epoch: 0, sequence: 0, atMs: undefined }

export class ShardJudge {
  readonly #evaluator: Evaluator
  readonly #lanes: Map<string, LanePlace>
  #hearing: Hearing
  /** By the log: the newest tick; before the first, when the newest frame was received. */
  #nowMs: number

  constructor(evaluator: Evaluator, saved: SavedJudge) {
    this.#evaluator = evaluator
    this.#lanes = saved.lanes
    this.#hearing = saved.hearing
    this.#nowMs = saved.nowMs
  }

  /** From here on other rules judge. @param version of the evaluator's aggregate: their activation's */
  take(ruleSet: RuleSet, version: number): readonly Decision[] {
    return this.#evaluator.take(ruleSet, { atMs: this.#nowMs, version })
  }

  /** @throws MalformedFrame, InvalidSubject or protobuf's own error: the message says nothing */
  judge(message: LogMessage): Judged {
    const fact = readFact(message)
    switch (fact.kind) {
      case 'frame':
      case 'gap':
        return this.#lane(fact)
      case 'tick':
        return { decisions: this.#tick(fact.tick) }
      case 'gateway':
        this.#hearing = gatewayHeard(this.#hearing, fact.alive.gateway, Number(fact.alive.atMs))
        return undefined
      default:
        return undefined
    }
  }

  /** What it remembers. The map is its own: serialize it before it goes on. */
  save(): SavedJudge {
    return { hearing: this.#hearing, nowMs: this.#nowMs, lanes: this.#lanes }
  }

  #tick({ atMs, platform }: Tick): readonly Decision[] {
    this.#hearing = ticked(this.#hearing, Number(atMs))
    this.#nowMs = this.#hearing.tickMs
    return this.#evaluator.tick(this.#hearing, this.#nowMs, new Map(Object.entries(platform)))
  }

  #lane(fact: LaneFact): Judged {
    const { agent, lane } = fact.header
    if (lane !== TELEMETRY || !this.#admit(agent, fact) || fact.kind === 'gap') return undefined
    const { receivedAtMs } = fact
    if (this.#hearing.tickMs === 0) this.#nowMs = receivedAtMs
    return { decisions: this.#evaluator.frame(judgedFrame(fact)), receivedAtMs }
  }

  #admit(agent: string, fact: LaneFact): boolean {
    const last = this.#lanes.get(agent)
    const verdict = admitToLane(last && { ...last, head: NO_HEAD, horizon: NO_HORIZON }, fact)
    if (verdict === 'seen' || verdict === 'forked') return false
    const { epoch } = fact.header
    const sequence = fact.kind === 'frame' ? fact.header.sequence : fact.header.last
    this.#lanes.set(agent, { epoch, sequence })
    return true
  }
}

function judgedFrame(fact: FrameFact) {
  const { tenant, agent, epoch, sequence } = fact.header
  const observations = fact
    .observations()
    .map((observation) => ({ observation, atMs: observedAtMs(observation, fact) }))
  const { receivedAtMs } = fact
  return { tenant, agent, epoch, sequence, lane: laneNumber(TELEMETRY), receivedAtMs, observations }
}
