// How far the open lanes are safe in the archive. The archiver announces it after each of its commits, and is asked
// when a lane is opened or seems to have been forgotten. Who says nothing says: nothing is safe.

import {
  durableQuestion,
  MAX_ASKED,
  readDurableAnswer,
  readDurableNotice,
  type DurableLane,
} from '@secumon/contracts/durable'
import type { LaneName } from '@secumon/contracts/lanes'
import { durableQuestionSubject, durableSubject, shardOf } from '@secumon/contracts/subjects'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Logger } from 'pino'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Agents that open streams within this time are asked about together. */
const GATHER_MS = 5
const TOLD_PER_TURN = 64

export type DurableLanesOptions = {
  readonly log: Pick<EventLog, 'ask' | 'subscribeLive'>
  readonly shards: number
  readonly logger: Logger
  readonly limits: { readonly durableAskMs: number; readonly durableTellMs: number }
}

/** One open lane's place in the archive. */
export class FollowedLane {
  readonly agent: string
  readonly #moved: () => void
  #epoch = 0
  #sequence = 0

  /** @param moved called some time after it has moved */
  constructor(agent: string, moved: () => void) {
    this.agent = agent
    this.#moved = moved
  }

  /** Up to where the epoch is in the archive; 0 when that is not known. */
  of(epoch: number): number {
    return epoch === this.#epoch ? this.#sequence : 0
  }

  /** Takes what the archiver said. It never falls: what it said once was true, and the agent has acted on it. */
  learn({ epoch, sequence }: DurableLane): boolean {
    const isNews = epoch > this.#epoch || (epoch === this.#epoch && sequence > this.#sequence)
    if (isNews) [this.#epoch, this.#sequence] = [epoch, sequence]
    return isNews
  }

  tell(): void {
    this.#moved()
  }
}

export class DurableLanes {
  readonly #options: DurableLanesOptions
  readonly #lanes = new Map<string, FollowedLane>()
  /** Shards that are listened to, with the unsubscribe. */
  readonly #shards = new Map<number, () => void>()
  readonly #rounds = new Map<number, Round>()
  readonly #moved = new Set<FollowedLane>()
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: DurableLanesOptions) {
    this.#options = options
  }

  /** Follows a lane from now on; whoever follows it already is told nothing more. */
  follow(agent: string, lane: LaneName, moved: () => void): FollowedLane {
    const shard = shardOf(agent, this.#options.shards)
    if (!this.#shards.has(shard)) this.#shards.set(shard, this.#listen(shard))
    const followed = new FollowedLane(agent, moved)
    this.#lanes.set(keyOf(agent, lane), followed)
    return followed
  }

  unfollow(followed: FollowedLane, lane: LaneName): void {
    const key = keyOf(followed.agent, lane)
    if (this.#lanes.get(key) === followed) this.#lanes.delete(key)
  }

  /** Asks the archiver about an agent's lanes; resolves when it has answered, or has not in time. */
  ask(agent: string): Promise<void> {
    const shard = shardOf(agent, this.#options.shards)
    const round = this.#rounds.get(shard) ?? this.#begin(shard)
    round.agents.add(agent)
    if (round.agents.size >= MAX_ASKED) round.start()
    return round.done
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    for (const unsubscribe of this.#shards.values()) unsubscribe()
    for (const round of this.#rounds.values()) round.start()
  }

  #listen(shard: number): () => void {
    return this.#options.log.subscribeLive(durableSubject(shard), (payload) =>
      this.#take(() => readDurableNotice(payload)),
    )
  }

  #begin(shard: number): Round {
    const agents = new Set<string>()
    const { promise: due, resolve: start } = Promise.withResolvers<void>()
    const timer = setTimeout(start, GATHER_MS)
    const done = due.then(() => {
      clearTimeout(timer)
      this.#rounds.delete(shard)
      return this.#askAll(shard, [...agents])
    })
    const round = { agents, done, start }
    this.#rounds.set(shard, round)
    return round
  }

  async #askAll(shard: number, agents: readonly string[]): Promise<void> {
    const { log, limits, logger } = this.#options
    if (this.#isClosed) return
    try {
      const subject = durableQuestionSubject(shard)
      const answer = await log.ask(subject, durableQuestion(agents), limits.durableAskMs)
      if (answer) this.#take(() => readDurableAnswer(answer))
    } catch (error) {
      logger.error({ err: error, shard }, 'the archiver cannot be asked')
    }
  }

  #take(read: () => DurableLane[]): void {
    try {
      for (const said of read()) {
        const followed = this.#lanes.get(keyOf(said.agent, said.lane))
        if (followed?.learn(said)) this.#moved.add(followed)
      }
    } catch (error) {
      this.#options.logger.error({ err: error }, 'what the archiver says of lanes cannot be read')
    }
    if (this.#moved.size > 0 && !this.#isClosed)
      this.#timer ??= setTimeout(() => void this.#tell(), this.#options.limits.durableTellMs)
  }

  // Late, because an Ack of the next record says it for nothing; a few per turn of the event loop.
  async #tell(): Promise<void> {
    this.#timer = undefined
    const moved = [...this.#moved]
    this.#moved.clear()
    for (const [i, followed] of moved.entries()) {
      followed.tell()
      if (i % TOLD_PER_TURN === TOLD_PER_TURN - 1) await nextTurn()
    }
  }
}

type Round = { readonly agents: Set<string>; readonly done: Promise<void>; readonly start: () => void }

const keyOf = (agent: string, lane: LaneName): string => `${agent}/${lane}`
