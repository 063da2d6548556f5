// How many processes there are, each tick, and the busiest of them, once per process period.
// Source of the format: proc_pid_stat(5). The first tick only remembers; the second has the first list.

import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { readAuxiliaryVector } from './auxiliary-vector.ts'
import type { CreateCollector } from './collector.ts'
import { parseProcessStat, type ProcessStat } from './process-stat.ts'
import { createUserNames } from './user-names.ts'

/** A host with more has its lowest pids scanned: the scan stays below a tenth of a second. */
export const MAX_SCANNED = 20_000
/** After so many the event loop has its turn. */
const SCANNED_AT_ONCE = 200

type Scan = { readonly atMs: number; readonly processes: ReadonlyMap<number, ProcessStat> }

/** Measures `system.processes` and `process.*`: the first by CPU time since the last scan, then by memory. */
export const createProcessesCollector: CreateCollector = ({ roots }) => {
  const { ticksPerSecond, pageBytes } = readAuxiliaryVector(roots.proc)
  const userName = createUserNames(join(roots.root, 'etc/passwd'))
  let previous: Scan | undefined
  let listed = false
  return {
    name: 'processes',
    async collect(moment) {
      const pids = readdirSync(roots.proc).filter((name) => name.charCodeAt(0) <= 57 && /^\d+$/.test(name))
      const host = { systemProcesses: pids.length }
      const dueMs = listed ? moment.processPeriodMs - moment.periodMs / 2 : 0
      if (previous && moment.monotonicMs - previous.atMs < dueMs) return { host }
      const before = previous
      previous = { atMs: moment.monotonicMs, processes: await scan(roots.proc, pids) }
      if (!before) return { host }
      listed = true
      const top = busiest(before, previous, ticksPerSecond).slice(0, moment.processCount)
      return {
        host,
        processes: {
          pid: top.map(({ stat }) => stat.pid),
          name: top.map(({ stat }) => stat.name),
          user: top.map(({ stat }) => userName(ownerOf(join(roots.proc, String(stat.pid))))),
          cpuPercent: top.map(({ cpuPercent }) => cpuPercent),
          rssBytes: top.map(({ stat }) => stat.rssPages * pageBytes),
        },
      }
    },
  }
}

async function scan(proc: string, pids: readonly string[]): Promise<Map<number, ProcessStat>> {
  const processes = new Map<number, ProcessStat>()
  for (const [i, pid] of pids.slice(0, MAX_SCANNED).entries()) {
    const stat = readProcessStat(join(proc, pid, 'stat'))
    if (stat) processes.set(stat.pid, stat)
    if (i % SCANNED_AT_ONCE === SCANNED_AT_ONCE - 1) await setImmediate()
  }
  return processes
}

/** A process may end between the listing and the reading: then there is nothing to say about it. */
function readProcessStat(path: string): ProcessStat | undefined {
  try {
    return parseProcessStat(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

type Busy = { readonly stat: ProcessStat; readonly cpuPercent: number }

/** A process that was not there before, or whose pid belonged to another, has all its time since then. */
function busiest(before: Scan, now: Scan, ticksPerSecond: number): Busy[] {
  const elapsedTicks = ((now.atMs - before.atMs) / 1000) * ticksPerSecond
  const ranked: Busy[] = []
  for (const stat of now.processes.values()) {
    const earlier = before.processes.get(stat.pid)
    const baseTicks = earlier?.startTicks === stat.startTicks ? earlier.cpuTicks : 0
    ranked.push({
      stat,
      cpuPercent: (100 * Math.max(0, stat.cpuTicks - baseTicks)) / Math.max(1, elapsedTicks),
    })
  }
  return ranked.toSorted((a, b) => b.cpuPercent - a.cpuPercent || b.stat.rssPages - a.stat.rssPages)
}

function ownerOf(directory: string): number | undefined {
  return statSync(directory, { throwIfNoEntry: false })?.uid
}
