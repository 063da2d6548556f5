// Copies the archive into a backup while it is being written: sealed segments once, for they never change; of open ones
// what is whole at one moment.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SegmentInfo } from '../archive/archive.ts'
import { Snapshots, type ArchivePlaces, type SegmentSource } from '../archive/archive-snapshot.ts'
import { copyBytes } from './copy-file.ts'
import type { BackupManifest, BackupSegment } from './manifest.ts'

export type Progress = (doneBytes: number, totalBytes: number) => void

export type CopyOptions = {
  readonly places: ArchivePlaces
  /** Of the backup. */
  readonly directory: string
  readonly id: string
  /** The backup that the directory holds already. */
  readonly previous: BackupManifest | undefined
  /** False: sealed segments stay where they are, and are only named. */
  readonly withSealed: boolean
  readonly progress: Progress
}

/** What the archive holds, and its bytes in the backup. */
export async function copySegments(options: CopyOptions): Promise<BackupManifest['archive']> {
  await using snapshot = await new Snapshots(options.places).take()
  const kept = keptFiles(options)
  const todo = snapshot.segments.filter(({ info }) => wanted(options, info) && !kept.has(info.name))
  const totalBytes = todo.reduce((sum, { info }) => sum + info.sizeBytes, 0)
  let doneBytes = 0
  const segments: BackupSegment[] = []
  for (const source of snapshot.segments) {
    const known = kept.get(source.info.name)
    if (known || !wanted(options, source.info)) segments.push({ ...plain(source.info), ...known })
    else {
      segments.push(await copySegment(source, options))
      options.progress((doneBytes += source.info.sizeBytes), totalBytes)
    }
  }
  return { flush: snapshot.flush, tenants: leavesOf(segments), segments }
}

const wanted = ({ withSealed }: CopyOptions, { state }: SegmentInfo): boolean =>
  withSealed || state === 'open'

type Kept = Required<Pick<BackupSegment, 'file' | 'sha256'>>

// A name tells leaves and flushes: under it lie the same bytes. Those of open segments grow.
function keptFiles({ previous, directory, withSealed }: CopyOptions): Map<string, Kept> {
  const kept = new Map<string, Kept>()
  if (!withSealed) return kept
  for (const { name, state, file, sha256 } of previous?.archive.segments ?? [])
    if (state !== 'open' && file !== undefined && sha256 !== undefined && existsSync(join(directory, file)))
      kept.set(name, { file, sha256 })
  return kept
}

async function copySegment({ info, read }: SegmentSource, { directory, id }: CopyOptions) {
  const file = info.state === 'open' ? `open-${id}/${info.name}` : `archive/${info.name}`
  const { sha256 } = await copyBytes(read, info.sizeBytes, join(directory, file))
  return { ...plain(info), file, sha256 }
}

// What a listing says beside it is no part of the format.
const plain = (info: SegmentInfo): SegmentInfo => {
  const { tenant, kind, day, name, state, firstLeaf, lastLeaf, leaves, firstFlush, lastFlush, sizeBytes } =
    info
  return { tenant, kind, day, name, state, firstLeaf, lastLeaf, leaves, firstFlush, lastFlush, sizeBytes }
}

function leavesOf(segments: readonly SegmentInfo[]): BackupManifest['archive']['tenants'] {
  const tenants = Map.groupBy(segments, ({ tenant }) => tenant)
  return [...tenants].map(([tenant, its]) => ({
    tenant,
    leaves: Math.max(...its.map(({ lastLeaf }) => lastLeaf)) + 1,
  }))
}
