// A lane `logs` with its spool in a directory, and the lines that lie in it.

import { fromBinary } from '@bufbuild/protobuf'
import { AgentFrameSchema } from '@secumon/contracts/gen/frame'
import type { LogLines } from '@secumon/contracts/gen/log'
import { readLogBlock } from '@secumon/contracts/log-lines'
import assert from 'node:assert/strict'
import { hostClock } from '../host-clock.ts'
import { openSpool } from '../spool/file-spool.ts'
import { LaneChain } from '../uplink/lane-chain.ts'
import { TEST_CHAIN, TEST_KEY } from './chain.ts'

export const logsLane = (directory: string, maxBytes = 64 * 1024 ** 2): LaneChain =>
  new LaneChain({
    chain: { identity: { ...TEST_CHAIN, lane: 'logs' }, epochStarted: Buffer.from('epoch 1'), key: TEST_KEY },
    openSpool: (_, anchor) =>
      openSpool({
        directory,
        anchor,
        clock: hostClock(),
        limits: { maxBytes, maxAgeMs: Infinity },
        keepsUnsent: true,
      }),
    commit: () => assert.fail('it does not move'),
    discard: () => undefined,
    quarantine: () => undefined,
  })

/** Everything in the spool, block by block. */
export function blocksIn({ spool }: LaneChain): LogLines[] {
  const blocks: LogLines[] = []
  const cursor = spool.read(spool.base.sequence + 1)
  for (let entry = cursor.next(); entry; entry = cursor.next()) {
    assert(entry.kind === 'frame')
    blocks.push(...fromBinary(AgentFrameSchema, entry.record.bytes).logBlocks.map(readLogBlock))
  }
  cursor.close()
  return blocks
}

export const messagesIn = (chain: LaneChain): string[] => blocksIn(chain).flatMap(({ message }) => message)
