// What the archiver tells gateways: after each commit the lanes it moved, and on request what it has committed. Both say
// what is in the archive and in the database, so nothing here can be said too early.

import {
  durableAnswer,
  durableNotices,
  readDurableQuestion,
  type DurableLane,
} from '@secumon/contracts/durable'
import { ulidToUuid, uuidToUlid } from '@secumon/contracts/ids'
import { laneName } from '@secumon/contracts/lanes'
import { durableQuestionSubject, durableSubject, shardOf } from '@secumon/contracts/subjects'
import type { Database } from '@secumon/infra/database/database'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import { sql } from 'kysely'
import type { Logger } from 'pino'
import { ARCHIVE } from './archive-key.ts'

export type AnnouncingLog = Pick<EventLog, 'answer' | 'publishLive' | 'maxPayloadBytes'>

type Announcer = { readonly log: AnnouncingLog; readonly shards: number }

/** Tells every gateway, shard by shard. */
export function announce({ log, shards }: Announcer, lanes: readonly DurableLane[]): void {
  const byShard = Map.groupBy(lanes, ({ agent }) => shardOf(agent, shards))
  for (const [shard, its] of byShard)
    for (const notice of durableNotices(its, log.maxPayloadBytes))
      log.publishLive(durableSubject(shard), notice)
}

export type AnswerOptions = Announcer & { readonly db: Database; readonly logger: Logger }

/** Answers what gateways ask. Returns the end of it. */
export function answerQuestions({ log, shards, db, logger }: AnswerOptions): () => void {
  const answer = async (question: Uint8Array): Promise<Uint8Array | undefined> => {
    try {
      return durableAnswer(await committedLanes(db, readDurableQuestion(question)))
    } catch (error) {
      logger.warn({ err: error }, 'a gateway cannot be told what is durable')
      return undefined
    }
  }
  const forgets = Array.from({ length: shards }, (_, shard) =>
    log.answer(durableQuestionSubject(shard), answer),
  )
  return () => {
    for (const forget of forgets) forget()
  }
}

/** How far the lanes of agents are archived. */
export async function committedLanes(db: Database, agents: readonly string[]): Promise<DurableLane[]> {
  const rows = await db
    .selectFrom('secumon.agent_position')
    .select(['agent', 'lane', 'epoch', 'sequence'])
    .where('projection', '=', ARCHIVE.projection)
    .where('version', '=', ARCHIVE.version)
    .where(sql<boolean>`agent = any(${agents.map(ulidToUuid)}::uuid[])`)
    .execute()
  return rows.flatMap(({ agent, lane, epoch, sequence }) => {
    const name = laneName(lane)
    return name ? [{ agent: uuidToUlid(agent), lane: name, epoch, sequence }] : []
  })
}
