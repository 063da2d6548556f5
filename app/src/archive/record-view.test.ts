// What a record of the archive looks like when its lines are not what they say.

import { create } from '@bufbuild/protobuf'
import { LogBlockSchema, LogCompression } from '@secumon/contracts/gen/log'
import type { ArchivedLeaf } from '@secumon/infra/archive/archive'
import { agentId } from '@secumon/projections/testing/recorded'
import { logBlock, RecordedLogs } from '@secumon/projections/testing/recorded-logs'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { viewOf } from './record-view.ts'

const lane = new RecordedLogs(agentId(1))
const line = { atMs: 1_700_000_000_000, message: 'hello' }
const damaged = create(LogBlockSchema, {
  compression: LogCompression.ZSTD,
  lines: Buffer.from('no zstd'),
  uncompressedBytes: 10,
})

function leafOf({ subject, payload }: ReturnType<RecordedLogs['lines']>): ArchivedLeaf {
  const place = { tenant: 'main', kind: 'logs', leaf: 7, flush: 1, stream: 'LOGS_0', position: 7 } as const
  return {
    ...place,
    subject,
    payload,
    leafHash: new Uint8Array(32),
    receivedAtMs: line.atMs,
    clockOffsetMs: 0,
  }
}

test('a frame whose lines are damaged is shown with its fault, and the others as ever', () => {
  const arrival = { receivedAtMs: line.atMs }
  const sound = leafOf(lane.lines(arrival, [line]))
  const bad = leafOf(lane.blocks(arrival, logBlock([line]), damaged))
  for (const detail of ['summary', 'full'] as const) {
    assert.partialDeepStrictEqual(viewOf(bad, detail), {
      leaf: 7,
      record: 'unreadable',
      why: 'the lines cannot be decoded',
    })
    assert.equal(viewOf(sound, detail)['record'], 'frame')
  }
  assert.equal(viewOf(bad, 'raw')['payload'], Buffer.from(bad.payload).toString('base64'))
})
