// Puts a backup back: first everything is looked at, then the archive is copied, and the vault comes last, in one
// transaction. A restore that was cut short is begun again and goes on. What the log and the tables held follows by
// itself: the roles put the log back from the archive when they start, and projections are built from it.

import { migrate, PLATFORM_SCHEMA } from '@secumon/migrations/migrate'
import { sql } from 'kysely'
import { rename, stat } from 'node:fs/promises'
import { isMissing } from '../archive/file-faults.ts'
import type { Database } from '../database/database.ts'
import type { Progress } from './copy-segments.ts'
import type { BackupManifest } from './manifest.ts'
import { copyBack, planRestore, type ArchiveTarget } from './restore-segments.ts'
import { loadVault, vaultIsEmpty } from './vault-dump.ts'
import type { VaultFile } from './vault-file.ts'

/** There is something where the backup should go; the message says what. Nothing was changed. */
export class NotEmpty extends Error {
  override readonly name = 'NotEmpty'
}

export type RestoreOptions = {
  readonly db: Database
  readonly archive: ArchiveTarget
  readonly directory: string
  readonly manifest: BackupManifest
  readonly vault: VaultFile
  /** Replaces what is there: the database's schemas are dropped, another archive is moved aside. */
  readonly force: boolean
  /** What else an installation must have that is not built yet; called with the schema made and the vault empty. */
  readonly prepare?: (db: Database) => Promise<void>
  readonly progress: Progress
}

export type Restored = {
  readonly copied: number
  /** Segments that were there. */
  readonly kept: number
  readonly rows: number
  /** Where another archive was moved to. */
  readonly aside: string | undefined
}

/** @throws NotEmpty, BadBackup, UnknownRow */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { db, archive, vault, manifest, force } = options
  await requireIdle(db)
  const isFree = await databaseIsEmpty(db)
  if (!isFree && !force)
    throw new NotEmpty('the database holds an installation: give an empty one, or --force to replace it')
  const { plan, aside } = await freeArchive(options, await planRestore(archive, manifest))
  if (plan.missing.length > 0)
    throw new NotEmpty(
      `${plan.missing.length} segments are neither in the backup nor in the archive, first ${plan.missing[0]?.name}`,
    )
  await copyBack(archive, { ...options, copies: plan.copies })
  if (!isFree) await dropEverything(db)
  await migrate(db)
  await options.prepare?.(db)
  await loadVault(db, vault.rows)
  return { copied: plan.copies.length, kept: plan.kept, rows: vault.rows.length, aside }
}

async function freeArchive(
  { archive, manifest, force }: RestoreOptions,
  plan: Awaited<ReturnType<typeof planRestore>>,
) {
  const [first] = plan.conflicts
  if (first === undefined) return { plan, aside: undefined }
  const what = `${archive.directory} holds another archive: ${first}`
  if (!force) throw new NotEmpty(`${what}. Give an empty place, or --force to move it aside`)
  const aside = `${archive.directory}.before-${manifest.id}`
  await moveAside(archive.directory, aside)
  const again = await planRestore(archive, manifest)
  if (again.conflicts[0] !== undefined)
    throw new NotEmpty(`the store of the archive is not empty: ${again.conflicts[0]}. Give another`)
  return { plan: again, aside }
}

async function moveAside(from: string, to: string): Promise<void> {
  if (await isThere(to)) throw new NotEmpty(`${to} is in the way: an archive was moved aside before`)
  if (await isThere(from)) await rename(from, to)
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

const schemasOf = async (db: Database): Promise<string[]> =>
  (await sql<{ name: string }>`select nspname as name from pg_namespace`.execute(db)).rows.map(
    ({ name }) => name,
  )

async function databaseIsEmpty(db: Database): Promise<boolean> {
  const schemas = await schemasOf(db)
  return !schemas.includes('vault') || vaultIsEmpty(db)
}

// A role that runs would write into what is being replaced.
async function requireIdle(db: Database): Promise<void> {
  if (!(await schemasOf(db)).includes(PLATFORM_SCHEMA)) return
  const { rows } = await sql<{ holder: string }>`select holder from secumon.leases
    where expires_at > clock_timestamp()`.execute(db)
  if (rows[0]) throw new NotEmpty(`SecuMon runs on this database, as ${rows[0].holder}: stop it first`)
}

async function dropEverything(db: Database): Promise<void> {
  // An older schema may not list its generations yet.
  await migrate(db)
  const { rows } = await sql<{ name: string }>`select schema as name from secumon.generations`.execute(db)
  const known = new Set(await schemasOf(db))
  for (const name of new Set([...rows.map((row) => row.name), 'sealed', 'vault', PLATFORM_SCHEMA]))
    if (known.has(name)) await sql`drop schema ${sql.ref(name)} cascade`.execute(db)
}
