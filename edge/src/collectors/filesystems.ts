// Space and inodes of each real file system, by statfs. A mount that does not answer (a dead NFS server) costs one
// timeout, is reported, and is not asked again until it has answered.

import { readFileSync, type StatsFs } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Collector, MeasuredHost } from './collector.ts'
import { within } from './guarded.ts'
import { parseMounts, type Mount } from './mounts.ts'

export const MAX_FILESYSTEMS = 100
const MAX_NAME_LENGTH = 255
const ANSWER_TIMEOUT_MS = 1_000
/** A hung question holds one of Node's four I/O threads: remote mounts may hold two, all together three. */
const MAX_HUNG_REMOTE = 2
const MAX_HUNG = 3

/** Measures `disk.*` of mounts; the percentage is df's, used ÷ (used + available to ordinary users). */
export function createFilesystemsCollector(
  { roots }: MeasuredHost,
  ask: (path: string) => Promise<StatsFs> = statfs,
  timeoutMs: number = ANSWER_TIMEOUT_MS,
): Collector {
  const mountsOf = createMountTable()
  const unanswered = new Map<string, Mount>()
  const measure = async (mount: Mount): Promise<StatsFs> => {
    const answer = ask(mount.path)
    unanswered.set(mount.path, mount)
    const forget = () => unanswered.delete(mount.path)
    answer.then(forget, forget)
    return within(answer, timeoutMs)
  }
  return {
    name: 'filesystems',
    async collect() {
      const filesystems = emptyRows()
      const faults: string[] = []
      for (const mount of mountsOf(readFileSync(join(roots.proc, 'self/mountinfo'), 'utf8'))) {
        try {
          refuseIfHung(mount, unanswered)
          add(filesystems, mount, await measure(mount))
        } catch (error) {
          faults.push(`${mount.path}: ${error instanceof Error ? error.message : String(error)}`)
        }
      }
      return filesystems.mount.length > 0 ? { filesystems, faults } : { faults }
    },
  }
}

/** Parses only when the text changed: hosts with containers have hundreds of lines. */
function createMountTable(): (mountinfo: string) => readonly Mount[] {
  let text: string | undefined
  let mounts: readonly Mount[] = []
  return (mountinfo) => {
    if (mountinfo !== text) mounts = parseMounts(mountinfo, MAX_FILESYSTEMS)
    text = mountinfo
    return mounts
  }
}

/** @throws Error when asking could take one more I/O thread out of use */
function refuseIfHung(mount: Mount, unanswered: ReadonlyMap<string, Mount>): void {
  if (unanswered.has(mount.path)) throw new Error('still does not answer')
  const remote = [...unanswered.values()].filter((other) => other.remote).length
  if (unanswered.size >= MAX_HUNG || (mount.remote && remote >= MAX_HUNG_REMOTE))
    throw new Error(`not asked, because ${unanswered.size} others do not answer`)
}

type Rows = ReturnType<typeof emptyRows>

const emptyRows = () => ({
  mount: [] as string[],
  device: [] as string[],
  type: [] as string[],
  totalBytes: [] as number[],
  usedBytes: [] as number[],
  freeBytes: [] as number[],
  usagePercent: [] as number[],
  inodesTotal: [] as number[],
  inodesUsed: [] as number[],
  inodesUsagePercent: [] as number[],
})

function add(rows: Rows, mount: Mount, stats: StatsFs): void {
  if (stats.blocks === 0) return
  const blockBytes = stats.frsize || stats.bsize
  // Some network and FUSE file systems report more free than there is.
  const used = Math.max(0, stats.blocks - stats.bfree)
  const inodesUsed = Math.max(0, stats.files - stats.ffree)
  rows.mount.push(mount.path.slice(0, MAX_NAME_LENGTH))
  rows.device.push(mount.device.slice(0, MAX_NAME_LENGTH))
  rows.type.push(mount.type)
  rows.totalBytes.push(stats.blocks * blockBytes)
  rows.usedBytes.push(used * blockBytes)
  rows.freeBytes.push(stats.bavail * blockBytes)
  rows.usagePercent.push(percent(used, used + stats.bavail))
  rows.inodesTotal.push(stats.files)
  rows.inodesUsed.push(inodesUsed)
  rows.inodesUsagePercent.push(percent(inodesUsed, stats.files))
}

const percent = (part: number, whole: number): number => (whole > 0 ? (100 * part) / whole : 0)
