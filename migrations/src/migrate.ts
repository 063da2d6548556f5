// Brings a database to the newest schema. Idempotent; several processes may call it at once.

import { sql, type Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { MIGRATIONS } from './registry.ts'

/** The schema of the platform's own tables. */
export const PLATFORM_SCHEMA = 'secumon'

// Any number, the same in every process: serializes the first creation of the schema.
const LOCK = 7_369_321_001

export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed'
}

/** A newer program has migrated this database: ours does not know what its tables are like. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew'
}

/**
 * Applies what is missing and returns the names of what it applied. Others that migrate at the same moment wait.
 * @throws MigrationFailed, SchemaTooNew; nothing was applied then
 */
export async function migrate<Tables>(db: Kysely<Tables>): Promise<string[]> {
  await createPlatformSchema(db)
  await requireKnown(db)
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
    migrationTableSchema: PLATFORM_SCHEMA,
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
    allowUnorderedMigrations: true,
  })
  const { error, results = [] } = await migrator.migrateToLatest()
  const failed = results.find((result) => result.status === 'Error')?.migrationName
  if (error !== undefined)
    throw new MigrationFailed(`migration ${failed ?? 'of the database'} failed`, { cause: error })
  return results.map((result) => result.migrationName)
}

// The migrator creates its own tables before it takes its lock, so that two first starts would collide.
async function createPlatformSchema<Tables>(db: Kysely<Tables>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${LOCK})`.execute(tx)
    await tx.schema.createSchema(PLATFORM_SCHEMA).ifNotExists().execute()
    await sql`create table if not exists secumon.migrations
      (name varchar(255) primary key, timestamp varchar(255) not null)`.execute(tx)
    await sql`create table if not exists secumon.migrations_lock
      (id varchar(255) primary key, is_locked integer not null default 0)`.execute(tx)
    await sql`insert into secumon.migrations_lock (id) values ('migration_lock') on conflict do nothing`.execute(
      tx,
    )
  })
}

async function requireKnown<Tables>(db: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ name: string }>`select name from secumon.migrations order by name`.execute(db)
  const unknown = rows.map(({ name }) => name).filter((name) => !(name in MIGRATIONS))
  if (unknown.length > 0)
    throw new SchemaTooNew(
      `the database was brought to its schema by a newer program (${unknown.join(', ')}): run that one, or restore a ` +
        'backup from before with this one',
    )
}
