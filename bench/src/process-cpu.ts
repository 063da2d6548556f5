// CPU time and memory of processes, from /proc: children included, also those that have ended.

import { readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

type ProcessStat = { readonly parent: number; readonly cpuSeconds: number; readonly residentBytes: number }

/** @throws Error when the process is gone */
function statOf(pid: number): ProcessStat {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  // Numbered from the field after the name: 1 parent; 11 – 14 utime, stime, cutime, cstime; 21 rss in pages.
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + (fields[at] ?? 0), 0)
  return {
    parent: fields[1] ?? 0,
    cpuSeconds: ticks / TICKS_PER_SECOND,
    residentBytes: (fields[21] ?? 0) * 4096,
  }
}

/** The process and everything below it that runs now. */
export function processTree(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return [
    pid,
    ...children
      .split(' ')
      .filter(Boolean)
      .flatMap((child) => treeOrNothing(Number(child))),
  ]
}

// A child may end between being listed and being read.
function treeOrNothing(pid: number): number[] {
  try {
    return processTree(pid)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return []
    throw error
  }
}

export type Usage = { readonly cpuSeconds: number; readonly residentBytes: number }

/** CPU seconds so far and resident memory now, of a process and all its descendants. */
export function usageOf(pid: number): Usage {
  let usage: Usage = { cpuSeconds: 0, residentBytes: 0 }
  for (const member of processTree(pid)) {
    const { cpuSeconds, residentBytes } = statOf(member)
    usage = { cpuSeconds: usage.cpuSeconds + cpuSeconds, residentBytes: usage.residentBytes + residentBytes }
  }
  return usage
}

/**
 * Memory that is a process's own, of it and all its descendants: not the pages it shares with others, of which PostgreSQL's
 * processes each count the same buffers.
 */
export const anonymousBytes = (pid: number): number =>
  processTree(pid).reduce((sum, member) => sum + anonymousOf(member), 0)

// A child may end between being listed and being read.
function anonymousOf(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Anonymous:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) * 1_024
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 0
    throw error
  }
}
