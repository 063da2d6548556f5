// What the log really holds of a lane, read back and checked link by link.

import { fromBinary } from '@bufbuild/protobuf'
import { readFrameHeader, readGap, sha256 } from '@secumon/contracts/frame'
import { LaneRecordSchema } from '@secumon/contracts/gen/frame'
import type { LaneName } from '@secumon/contracts/lanes'
import { laneStream, laneSubject } from '@secumon/contracts/subjects'
import type { EventLog, LogMessage } from '@secumon/infra/eventlog/event-log'
import assert from 'node:assert/strict'
import type { TestAgent } from './test-agent.ts'

/** Every message of one subject of a lane's stream. */
export async function messagesOf(log: EventLog, lane: LaneName, subject: string): Promise<LogMessage[]> {
  const stream = laneStream(lane, 0)
  const last = await log.lastMessage(stream, subject)
  const messages: LogMessage[] = []
  if (!last) return messages
  const stop = new AbortController()
  for await (const batch of log.consume(stream, { start: 1, subject, signal: stop.signal })) {
    messages.push(...batch)
    if ((batch.at(-1)?.position ?? 0) >= last.position) stop.abort()
  }
  return messages
}

/**
 * The sequences that an agent's frames and gaps cover, in order of the log.
 * @throws AssertionError when a link of the chain is broken
 */
export async function loggedSequences(
  log: EventLog,
  agent: TestAgent,
  lane: LaneName = 'telemetry',
): Promise<number[]> {
  const subject = laneSubject({ lane, shard: 0, tenant: agent.tenant, agent: agent.agent })
  let head = agent.chain(lane).head
  const sequences: number[] = []
  for (const message of await messagesOf(log, lane, subject)) {
    const { record } = fromBinary(LaneRecordSchema, message.payload)
    if (record.case === 'frame') {
      const { sequence, previousHash } = readFrameHeader(record.value.frame)
      assert.equal(sequence, head.sequence + 1)
      assert.deepEqual(Buffer.from(previousHash), Buffer.from(head.hash))
      head = { sequence, hash: sha256(record.value.frame) }
      sequences.push(sequence)
    } else if (record.case === 'gap') {
      const { first, last, hashOfLast } = readGap(record.value.gap)
      assert.equal(first, head.sequence + 1)
      for (let sequence = first; sequence <= last; sequence++) sequences.push(sequence)
      head = { sequence: last, hash: hashOfLast }
    }
  }
  return sequences
}

/** 1, 2, … n. */
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)
