// Takes a backup of a running SecuMon into a directory. The archive first, then the vault, so that every key that
// something in the archive is sealed with is in the vault that goes with it.

import { mkdir, readdir, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { ArchivePlaces } from '../archive/archive-snapshot.ts'
import type { Database } from '../database/database.ts'
import { newUlid } from '../vault/vault-database.ts'
import { hashBytes } from './copy-file.ts'
import { copySegments, type Progress } from './copy-segments.ts'
import {
  BACKUP_FORMAT,
  filesOf,
  readManifest,
  writeManifest,
  writeWhole,
  type BackupManifest,
} from './manifest.ts'
import { sealBox, type BoxKeys } from './sealed-box.ts'
import { encodeVault, type KeptFile } from './vault-file.ts'
import { dumpVault } from './vault-dump.ts'

export type BackupOptions = {
  readonly db: Database
  readonly places: ArchivePlaces
  readonly directory: string
  readonly keys: BoxKeys
  /** Beside the rows, sealed with them. */
  readonly files: readonly KeptFile[]
  readonly withSealed: boolean
  readonly version: string
  readonly nowMs: number
  readonly progress: Progress
}

/** @throws BadBackup when the directory holds a damaged one, BoxSealed without a key; the old backup stays then */
export async function takeBackup(options: BackupOptions): Promise<BackupManifest> {
  const { db, directory, keys, files, version, nowMs } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const previous = await readManifest(directory)
  const id = newUlid(nowMs)
  const archive = await copySegments({ ...options, id, previous })
  const box = await sealBox(encodeVault({ rows: await dumpVault(db), files }), keys)
  const file = `vault-${id}`
  await writeWhole(join(directory, file), box)
  const vault = { file, sizeBytes: box.length, sha256: await hashBytes(async () => box, box.length) }
  const takenAt = new Date(nowMs).toISOString()
  const manifest = { format: BACKUP_FORMAT, id, takenAt, version, vault, archive }
  await writeManifest(directory, manifest)
  await removeOthers(directory, manifest)
  return manifest
}

const OURS = /^(vault-[0-9A-Z]{26}|open-[0-9A-Z]{26}\/.+|archive\/.+)$/

// Files of backups before this one, and of attempts that did not end. Nothing but what has our names.
async function removeOthers(directory: string, manifest: BackupManifest): Promise<void> {
  const named = new Set(filesOf(manifest).map(({ file }) => file))
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const name = relative(directory, join(entry.parentPath, entry.name))
    if (entry.isFile() && OURS.test(name) && !named.has(name)) await rm(join(directory, name))
  }
}
