import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { closeDatabase, openDatabase } from '@secumon/infra/database/database'
import { testPostgres } from '@secumon/infra/testing/servers'
import { testTimescale } from '@secumon/infra/testing/timescale'
import { pino } from 'pino'
import { describeDatabase, timeSeriesDatabase, type WantedEdition } from './timescale.ts'

const [postgres, server] = await Promise.all([testPostgres({ after }), testTimescale({ after })])

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

test('the full edition is used as such, and as less where less is wanted', async () => {
  const name = /^PostgreSQL 17\.\d+, TimescaleDB 2\.\d+\.\d+\S* full edition/
  const full = await found(server.url, 'auto')
  assert.equal(full.edition, 'full')
  assert.match(describeDatabase(full), new RegExp(`${name.source}$`))
  for (const [wanted, as] of [
    ['apache', 'TimescaleDB Apache edition'],
    ['plain', 'plain PostgreSQL'],
  ] as const) {
    const used = await found(server.url, wanted)
    assert.equal(used.edition, wanted)
    assert.match(describeDatabase(used), new RegExp(`${name.source}, used as ${as}$`))
    await server.clear()
  }
})
