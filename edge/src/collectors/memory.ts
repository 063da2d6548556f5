// Memory and swap from /proc/meminfo. Used is what new programs could not have: total − available.
// Cached is page cache plus reclaimable slab (Cached + SReclaimable), as free(1) shows it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CreateCollector, Reading } from './collector.ts'

/** Measures `memory.*` and `swap.*`; a host without swap has 0 bytes of it and no percentage. */
export const createMemoryCollector: CreateCollector = ({ roots }) => ({
  name: 'memory',
  collect: () => ({ host: memorySample(readFileSync(join(roots.proc, 'meminfo'), 'utf8')) }),
})

/** @throws Error when the text tells no MemTotal or nothing to know the available memory by */
export function memorySample(meminfo: string): NonNullable<Reading['host']> {
  const lines = `\n${meminfo}`
  const bytes = (key: string) => fieldBytes(lines, key)
  const total = bytes('MemTotal')
  const cached = (bytes('Cached') ?? 0) + (bytes('SReclaimable') ?? 0)
  const available = bytes('MemAvailable') ?? estimated(bytes('MemFree'), (bytes('Buffers') ?? 0) + cached)
  if (!total || available === undefined) throw new Error('/proc/meminfo lacks MemTotal or MemFree')
  const used = Math.max(0, total - available)
  const swapTotal = bytes('SwapTotal') ?? 0
  const swapUsed = Math.max(0, swapTotal - (bytes('SwapFree') ?? 0))
  return {
    memoryTotalBytes: total,
    memoryUsedBytes: used,
    memoryAvailableBytes: available,
    memoryCachedBytes: cached,
    memoryBuffersBytes: bytes('Buffers') ?? 0,
    memoryUsagePercent: (100 * used) / total,
    swapTotalBytes: swapTotal,
    swapUsedBytes: swapUsed,
    ...(swapTotal > 0 && { swapUsagePercent: (100 * swapUsed) / swapTotal }),
  }
}

/** Kernels before 3.14 have no MemAvailable; free memory and caches are the upper bound of it. */
const estimated = (free: number | undefined, reclaimable: number): number | undefined =>
  free === undefined ? undefined : free + reclaimable

function fieldBytes(lines: string, key: string): number | undefined {
  const at = lines.indexOf(`\n${key}:`)
  if (at < 0) return undefined
  const kibibytes = Number.parseInt(lines.slice(at + key.length + 2, at + key.length + 34), 10)
  return Number.isNaN(kibibytes) ? undefined : kibibytes * 1024
}
