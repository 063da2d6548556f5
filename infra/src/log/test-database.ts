// A migrated database for tests.

import { migrate } from '@secumon/migrations/migrate'
import { closeDatabase, openDatabase, type Database } from '../database/database.ts'
import { silentLogger } from '../eventlog/test-event-log.ts'
import { testPostgres, type Scope } from '../testing/servers.ts'

/** Starts PostgreSQL, migrates it and opens a pool that is closed when the test ends. */
export async function testDatabase(scope: Scope): Promise<Database> {
  let database: Database | undefined
  scope.after(async () => database && closeDatabase(database))
  const { url } = await testPostgres(scope)
  database = openDatabase({ url, poolSize: 5, applicationName: 'test', logger: silentLogger })
  await migrate(database)
  return database
}
