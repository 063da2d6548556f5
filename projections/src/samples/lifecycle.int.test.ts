import { after, describe, test, type TestContext } from 'node:test'
import { copyRows } from '@secumon/infra/database/copy-rows'
import { closeDatabase, openDatabase } from '@secumon/infra/database/database'
import type { WriteRows } from '@secumon/infra/database/row-writer'
import { unnestRows } from '@secumon/infra/database/unnest-rows'
import { testPostgres } from '@secumon/infra/testing/servers'
import { testTimescale } from '@secumon/infra/testing/timescale'
import { migrate } from '@secumon/migrations/migrate'
import { pino } from 'pino'
import { forms } from '../testing/forms.ts'
import { lifecycle, nextGeneration } from '../testing/lifecycle.ts'
import { stopLoops } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'

after(stopLoops)
const [postgres, timescale] = await Promise.all([testPostgres({ after }), testTimescale({ after })])

type Part = {
  readonly url: string
  readonly edition: 'plain' | 'apache' | 'full'
  readonly writeRows: WriteRows
}

async function live(t: TestContext, { url, edition, writeRows }: Part): Promise<void> {
  const logger = pino({ level: 'silent' })
  const db = openDatabase({ url, poolSize: 6, applicationName: 'test', logger, timescale: edition })
  try {
    await migrate(db)
    const life = { db, log: new MemoryLog(), writeRows }
    const answers = await lifecycle(t, life)
    // Generations of the Apache edition are those of plain PostgreSQL.
    if (edition !== 'apache') await nextGeneration(t, life, answers)
  } finally {
    await closeDatabase(db)
  }
}

void describe('the life of samples', { concurrency: 2 }, () => {
  void test('on plain PostgreSQL', (t) =>
    live(t, { url: postgres.url, edition: 'plain', writeRows: copyRows }))

  // One database after the other: there is one server.
  void test('on TimescaleDB', async (t) => {
    await t.test('full edition', (part) =>
      live(part, { url: timescale.url, edition: 'full', writeRows: unnestRows }),
    )
    await timescale.clear()
    await t.test('Apache edition', (part) =>
      live(part, { url: timescale.url, edition: 'apache', writeRows: unnestRows }),
    )
    await timescale.clear()
    await t.test('which changes', (part) => forms(part, { url: timescale.url, writeRows: unnestRows }))
  })
})
