// What every projector must hold to, as one suite: redelivery changes nothing, batches can be cut anywhere, late data
// lands in its own place, a rebuild gives the same rows.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Database } from '@secumon/infra/database/database'
import { liveSchema } from '../live-generation.ts'
import type { Projector } from '../projector.ts'
import { startLoop } from './loop.ts'
import { MemoryLog, type Appended } from './memory-log.ts'

export type Lawful = {
  readonly db: Database
  readonly stream: string
  /** A new instance each time: nothing may hang on what one remembers. */
  readonly projector: () => Projector
  /** A history, in the order in which it happened. */
  readonly history: readonly Appended[]
  /** The same history as the log got it when one agent was cut off and sent all of its part at the end. */
  readonly backfilled: readonly Appended[]
  /** Everything that queries could see, in an order of its own. */
  readonly dump: (schema: string) => Promise<unknown>
}

let runs = 0

/** Declares the suite; call it at the top level of a test file. */
export function laws({ db, stream, projector, history, backfilled, dump }: Lawful): void {
  // Each run gets a projection of its own.
  const nextProjection = (): Projector => ({ ...projector(), name: `${projector().name}-law-${++runs}` })

  type Run = { readonly projector: Projector; readonly log: MemoryLog; readonly maxMessages?: number }

  async function fold({ projector: made, log, maxMessages = 1_000 }: Run): Promise<unknown> {
    const loop = startLoop({ projector: made, log, db, stream, limits: { maxMessages } })
    await loop.reached((await log.bounds(stream)).last)
    await loop.stop()
    return dump(await liveSchema(db, made.name))
  }

  function logOf(messages: readonly Appended[]): MemoryLog {
    const log = new MemoryLog()
    log.append(stream, ...messages)
    return log
  }

  void describe(`the laws of ${projector().name}`, () => {
    void test('any cut into batches gives the same rows', async () => {
      const whole = await fold({ projector: nextProjection(), log: logOf(history) })
      for (const maxMessages of [1, 2, 3, 7])
        assert.deepEqual(await fold({ projector: nextProjection(), log: logOf(history), maxMessages }), whole)
    })

    void test('a redelivered prefix changes nothing', async () => {
      const made = nextProjection()
      const before = await fold({ projector: made, log: logOf(history) })
      for (const prefix of [1, history.length >> 1, history.length]) {
        const log = logOf([...history, ...history.slice(0, prefix)])
        assert.deepEqual(await fold({ projector: { ...projector(), name: made.name }, log }), before)
      }
    })

    void test('a log rolled back to any place and filled again changes nothing', async () => {
      const made = nextProjection()
      const before = await fold({ projector: made, log: logOf(history) })
      for (const position of [0, 1, history.length >> 1]) {
        await db
          .updateTable('secumon.checkpoints')
          .set({ position, hash: null, marks: '[]' })
          .where('projection', '=', made.name)
          .execute()
        assert.deepEqual(
          await fold({ projector: { ...projector(), name: made.name }, log: logOf(history) }),
          before,
        )
      }
    })

    void test('late data lands in its own place', async () => {
      const onTime = await fold({ projector: nextProjection(), log: logOf(history) })
      assert.deepEqual(await fold({ projector: nextProjection(), log: logOf(backfilled) }), onTime)
    })

    void test('a rebuild beside the live generation gives the same rows', async () => {
      const log = logOf(history)
      const live = await fold({ projector: nextProjection(), log })
      assert.deepEqual(await fold({ projector: nextProjection(), log, maxMessages: 5 }), live)
    })
  })
}
