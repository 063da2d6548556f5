// Whether a backup is still what was taken: every file it names is there, with the bytes it had.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../archive/file-faults.ts'
import { readPath } from '../archive/file-window.ts'
import { hashBytes } from './copy-file.ts'
import { BadBackup, filesOf, readManifest, type BackupFile, type BackupManifest } from './manifest.ts'
import { openBox, type BoxKeys } from './sealed-box.ts'
import { decodeVault, type VaultFile } from './vault-file.ts'

export type BackupFault = { readonly file: string; readonly what: string }

/** @throws BadBackup when the directory holds none, or its manifest is damaged */
export async function manifestOf(directory: string): Promise<BackupManifest> {
  const manifest = await readManifest(directory)
  if (!manifest) throw new BadBackup(`there is no backup in ${directory}`)
  return manifest
}

/** Reads everything. Empty: the backup is whole. */
export async function checkBackup(directory: string, manifest: BackupManifest): Promise<BackupFault[]> {
  const faults: BackupFault[] = []
  for (const file of filesOf(manifest)) {
    const what = await faultOf(directory, file)
    if (what !== undefined) faults.push({ file: file.file, what })
  }
  return faults
}

async function faultOf(
  directory: string,
  { file, sizeBytes, sha256 }: BackupFile,
): Promise<string | undefined> {
  const path = join(directory, file)
  try {
    const { size } = await stat(path)
    if (size !== sizeBytes) return `has ${size} bytes, had ${sizeBytes}`
    return (await hashBytes(readPath(path), sizeBytes)) === sha256 ? undefined : 'was changed'
  } catch (error) {
    return isMissing(error) ? 'is missing' : `cannot be read: ${String(error)}`
  }
}

/** What lies sealed in it. @throws BoxSealed, BadBackup */
export async function openVault(
  directory: string,
  { vault }: BackupManifest,
  keys: BoxKeys,
): Promise<VaultFile> {
  const fault = await faultOf(directory, vault)
  if (fault !== undefined) throw new BadBackup(`${vault.file} ${fault}`)
  const read = readPath(join(directory, vault.file))
  return decodeVault(await openBox(await read(0, vault.sizeBytes), keys))
}
