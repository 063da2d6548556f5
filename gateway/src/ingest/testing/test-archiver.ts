// What an archiver says over the log's wire, said by a test: answers about the lanes it was given, and announcements.

import {
  durableAnswer,
  durableNotices,
  readDurableQuestion,
  type DurableLane,
} from '@secumon/contracts/durable'
import { durableQuestionSubject, durableSubject } from '@secumon/contracts/subjects'
import type { NatsEventLog } from '@secumon/infra/eventlog/connect-event-log'
import type { TestAgent } from './test-agent.ts'

const MAX_BYTES = 1024 ** 2

export class TestArchiver {
  /** Agents of each question, as they came. */
  readonly asked: string[][] = []
  /** Keeps its answers to itself. */
  isMute = false
  readonly #log: NatsEventLog
  readonly #lanes = new Map<string, DurableLane>()
  readonly #forget: () => void

  constructor(log: NatsEventLog) {
    this.#log = log
    this.#forget = log.answer(durableQuestionSubject(0), async (question) => {
      const agents = readDurableQuestion(question)
      this.asked.push(agents)
      return this.isMute
        ? undefined
        : durableAnswer([...this.#lanes.values()].filter(({ agent }) => agents.includes(agent)))
    })
  }

  /** Has a lane archived, without a word. */
  hold({ agent }: TestAgent, sequence: number, epoch = 1): DurableLane {
    const held = { agent, lane: 'telemetry', epoch, sequence } as const
    this.#lanes.set(agent, held)
    return held
  }

  announce(agent: TestAgent, sequence: number, epoch = 1): void {
    const lanes = [this.hold(agent, sequence, epoch)]
    for (const notice of durableNotices(lanes, MAX_BYTES)) this.#log.publishLive(durableSubject(0), notice)
  }

  stop(): void {
    this.#forget()
  }
}
