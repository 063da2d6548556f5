// A migrated database of its own for a test.

import { migrate } from '@secumon/migrations/migrate'
import { pino } from 'pino'
import { closeDatabase, openDatabase, type Database } from '../database/database.ts'
import { testPostgres, type Scope } from './servers.ts'

export async function testDatabase(scope: Scope, poolSize = 10): Promise<Database> {
  const { url } = await testPostgres(scope)
  const logger = pino({ level: 'silent' })
  const db = openDatabase({ url, poolSize, applicationName: 'test', logger })
  scope.after(() => closeDatabase(db))
  await migrate(db)
  return db
}
