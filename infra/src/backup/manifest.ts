// What a backup is: a directory whose `backup.json` names every other file with its size and SHA-256. That file is
// written last and replaced in one step, so that a directory holds the backup before or the new one, never half.
//
//   backup.json               the manifest and its SHA-256
//   vault-<id>                the vault, sealed: users, keys, tokens, facts, configuration file
//   archive/<segment>         sealed segments, as they lie in the archive; kept from one backup to the next
//   open-<id>/<segment>       whole flushes of the segments that were being written

import { createHash } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { SegmentInfo } from '../archive/archive.ts'
import { isMissing, syncDirectory } from '../archive/file-faults.ts'

export const BACKUP_FORMAT = 1

export type BackupFile = {
  /** Path in the backup. */
  readonly file: string
  readonly sizeBytes: number
  /** In hexadecimal. */
  readonly sha256: string
}

/** A segment of the archive. Without `file` its bytes are not in the backup. */
export type BackupSegment = SegmentInfo & Partial<Pick<BackupFile, 'file' | 'sha256'>>

export type BackupManifest = {
  readonly format: number
  /** ULID. */
  readonly id: string
  /** ISO 8601. */
  readonly takenAt: string
  /** Of the product that took it. */
  readonly version: string
  readonly vault: BackupFile
  readonly archive: {
    /** The newest flush that is whole in it. */
    readonly flush: number
    readonly tenants: readonly { readonly tenant: string; readonly leaves: number }[]
    readonly segments: readonly BackupSegment[]
  }
}

/** There is no backup, or it cannot be used; the message says why. */
export class BadBackup extends Error {
  override readonly name = 'BadBackup'
}

const MANIFEST = 'backup.json'

const digest = (manifest: BackupManifest): string =>
  createHash('sha256').update(JSON.stringify(manifest)).digest('hex')

/** The manifest of the directory; undefined when it holds no backup. @throws BadBackup when it is damaged or newer */
export async function readManifest(directory: string): Promise<BackupManifest | undefined> {
  const path = join(directory, MANIFEST)
  try {
    const { manifest, sha256 } = JSON.parse(await readFile(path, 'utf8')) as Written
    if (manifest.format > BACKUP_FORMAT)
      throw new BadBackup(`${path} is of format ${manifest.format}: take a newer version of SecuMon`)
    if (digest(manifest) !== sha256) throw new BadBackup(`${path} is damaged: its checksum does not hold`)
    return manifest
  } catch (cause) {
    if (cause instanceof BadBackup) throw cause
    if (isMissing(cause)) return undefined
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause
    throw new BadBackup(`${path} is damaged: ${cause.message}`, { cause })
  }
}

type Written = { readonly manifest: BackupManifest; readonly sha256: string }

/** Makes the backup what the directory holds. */
export async function writeManifest(directory: string, manifest: BackupManifest): Promise<void> {
  const written: Written = { manifest, sha256: digest(manifest) }
  await writeWhole(join(directory, MANIFEST), Buffer.from(`${JSON.stringify(written, undefined, 1)}\n`))
}

/** Writes a file so that it is there whole, and safe from a power failure, or not at all. */
export async function writeWhole(path: string, content: Uint8Array): Promise<void> {
  const unfinished = `${path}.new`
  const file = await open(unfinished, 'w', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, path)
  await syncDirectory(join(path, '..'))
}

/** Every file the backup has beside the manifest. */
export const filesOf = ({ vault, archive }: BackupManifest): BackupFile[] => [
  vault,
  ...archive.segments.flatMap(({ file, sha256, sizeBytes }) =>
    file !== undefined && sha256 !== undefined ? [{ file, sha256, sizeBytes }] : [],
  ),
]
