// Puts the segments of a backup where the archive lies. What is there already and goes on from the backup stays: only
// the database may have been lost. What is there and does not is never touched.

import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ArchiveStore, SegmentInfo } from '../archive/archive.ts'
import { Snapshots } from '../archive/archive-snapshot.ts'
import { syncDirectory } from '../archive/file-faults.ts'
import { readPath } from '../archive/file-window.ts'
import { copyBytes } from './copy-file.ts'
import type { Progress } from './copy-segments.ts'
import { BadBackup, type BackupManifest, type BackupSegment } from './manifest.ts'

export type ArchiveTarget = { readonly directory: string; readonly store: ArchiveStore }

export type RestorePlan = {
  /** Why the archive that is there is not this backup's; empty: it is, or there is none. */
  readonly conflicts: readonly string[]
  /** Neither there nor in the backup. */
  readonly missing: readonly BackupSegment[]
  readonly copies: readonly BackupSegment[]
  /** There already. */
  readonly kept: number
}

/** Compares the backup with what is there. */
export async function planRestore(target: ArchiveTarget, { archive }: BackupManifest): Promise<RestorePlan> {
  await using snapshot = await new Snapshots({ ...target, keys: NO_KEYS }).take()
  const there = new Map(snapshot.segments.map(({ info }) => [keyOf(info), info]))
  const taken = new Map(archive.segments.map((segment) => [keyOf(segment), segment]))
  const conflicts = [...there.values()].flatMap(
    (info) => conflictOf(info, taken.get(keyOf(info)), archive.flush) ?? [],
  )
  const absent = archive.segments.filter((segment) => !there.has(keyOf(segment)))
  return {
    conflicts,
    missing: absent.filter(({ file }) => file === undefined),
    copies: absent.filter(({ file }) => file !== undefined),
    kept: archive.segments.length - absent.length,
  }
}

/** @throws BadBackup when bytes are not those of the backup; what was copied before stays and is not copied again */
export async function copyBack(
  target: ArchiveTarget,
  { directory, copies, progress }: CopyBack,
): Promise<void> {
  const unfinished = join(target.directory, '.restore')
  const totalBytes = copies.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  let doneBytes = 0
  for (const segment of copies) {
    await place(target, segment, await verified(join(directory, segment.file ?? ''), segment, unfinished))
    progress((doneBytes += segment.sizeBytes), totalBytes)
  }
  await rm(unfinished, { recursive: true, force: true })
}

export type CopyBack = {
  /** Of the backup. */
  readonly directory: string
  readonly copies: readonly BackupSegment[]
  readonly progress: Progress
}

async function verified(from: string, segment: BackupSegment, unfinished: string): Promise<string> {
  const path = join(unfinished, 'segment')
  const { sha256 } = await copyBytes(readPath(from), segment.sizeBytes, path)
  if (sha256 !== segment.sha256) throw new BadBackup(`${from} was changed since the backup was taken`)
  return path
}

async function place({ directory, store }: ArchiveTarget, segment: BackupSegment, path: string) {
  if (segment.state !== 'open') return store.take(segment.name, path)
  const to = join(directory, segment.name)
  await mkdir(dirname(to), { recursive: true })
  await rename(path, to)
  await syncDirectory(dirname(to))
}

function conflictOf(info: SegmentInfo, taken: BackupSegment | undefined, flush: number): string | undefined {
  if (taken) return info.lastLeaf < taken.lastLeaf ? `${info.name} is older than the backup` : undefined
  return info.firstFlush <= flush ? `${info.name} is not in the backup` : undefined
}

/** Names a segment through its states. */
const keyOf = ({ tenant, kind, firstLeaf }: SegmentInfo): string => `${tenant}/${kind}/${firstLeaf}`

// Nothing is opened: what is compared lies in clear.
const noKey = (): Promise<never> => Promise.reject(new Error('restoring opens no segment'))
const NO_KEYS = { current: noKey, find: noKey }
