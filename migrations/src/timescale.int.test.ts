import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { closeDatabase, openDatabase } from '@secumon/infra/database/database'
import { testPostgres } from '@secumon/infra/testing/servers'
import { pino } from 'pino'
import { describeDatabase, timeSeriesDatabase, type WantedEdition } from './timescale.ts'

const postgres = await testPostgres({ after })

async function found(url: string, timescale: WantedEdition) {
  const logger = pino({ level: 'silent' })
  const db = openDatabase({ url, timescale, poolSize: 1, applicationName: 'test', logger })
  try {
    return await timeSeriesDatabase(db)
  } finally {
    await closeDatabase(db)
  }
}

test('PostgreSQL alone is used as what it is, and asked for more it is refused with the way out', async () => {
  for (const wanted of ['auto', 'plain'] as const) {
    const { edition, ...rest } = await found(postgres.url, wanted)
    assert.equal(edition, 'plain')
    assert.match(describeDatabase({ edition, ...rest }), /^PostgreSQL \d+\.\d+ without TimescaleDB$/)
  }
  for (const wanted of ['apache', 'full'] as const)
    await assert.rejects(found(postgres.url, wanted), {
      name: 'EditionNotThere',
      message: /without TimescaleDB, which cannot be used as TimescaleDB .* edition: install TimescaleDB and/,
    })
})
