// What happens behind a last message that the server counts and cannot give out. A block damaged under a running
// server shows that only once its cache is gone, so the server's two answers are played here.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogDisconnected, type AppendOptions, type LogMessage } from '../eventlog/event-log.ts'
import { LogUnreadable } from '../eventlog/stall-watch.ts'
import { RestoreFailed } from './restore-failed.ts'
import { restoreRecord, type RestoringLog } from './restore-record.ts'

const record = { stream: 'EVENTS', subject: 'events.main.agent.a', payload: new Uint8Array(1), last: 4 }

const boundsUpTo = (last: number) => ({ first: 1, last, messages: last, bytes: last, maxBytes: -1 })

function logEndingAt(last: number, messageAt: () => Promise<LogMessage | undefined>): RestoringLog {
  return {
    messageAt,
    bounds: async () => boundsUpTo(last),
    restore: async (_subject: string, _payload: Uint8Array, options?: AppendOptions) =>
      options?.expectedLast === last
        ? { outcome: 'appended', position: last + 1 }
        : { outcome: 'conflict', last },
  }
}

const message: LogMessage = {
  stream: 'EVENTS',
  position: 9,
  subject: record.subject,
  payload: new Uint8Array(1),
  header: () => undefined,
  hash: () => new Uint8Array(32),
}

test('behind the last message that is there', async () => {
  assert.equal(
    await restoreRecord(
      logEndingAt(4, async () => undefined),
      record,
    ),
    5,
  )
})

test('a last message that is counted and not given out is a damaged store', async () => {
  await assert.rejects(
    restoreRecord(
      logEndingAt(9, async () => undefined),
      record,
    ),
    LogUnreadable,
  )
  const refusing = () => Promise.reject(new LogDisconnected('direct get: 500 malformed or corrupt message'))
  await assert.rejects(restoreRecord(logEndingAt(9, refusing), record), LogUnreadable)
})

test('a server that refuses the very place it names has a damaged store', async () => {
  const log: RestoringLog = {
    messageAt: async () => undefined,
    bounds: async () => boundsUpTo(record.last),
    restore: async () => ({ outcome: 'conflict', last: record.last }),
  }
  await assert.rejects(restoreRecord(log, record), LogUnreadable)
})

test('a server that has taken a message and knows nothing of it has a damaged store, one that went back has not', async () => {
  const knowsNothing = (endsAt: number): RestoringLog => ({
    messageAt: async () => undefined,
    bounds: async () => boundsUpTo(endsAt),
    restore: async () => ({ outcome: 'conflict', last: 0 }),
  })
  await assert.rejects(restoreRecord(knowsNothing(7), record), LogUnreadable)
  await assert.rejects(restoreRecord(knowsNothing(record.last - 1), record), RestoreFailed)
})

test('not behind a message that somebody has just appended', async () => {
  await assert.rejects(
    restoreRecord(
      logEndingAt(9, async () => message),
      record,
    ),
    RestoreFailed,
  )
})
