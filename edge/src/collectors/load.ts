// Load averages from /proc/loadavg: runnable and uninterruptible tasks, means over 1, 5 and 15 minutes.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CreateCollector } from './collector.ts'

/** Measures `cpu.load_avg_1`, `_5` and `_15`. */
export const createLoadCollector: CreateCollector = ({ roots }) => ({
  name: 'load',
  collect() {
    const averages = readFileSync(join(roots.proc, 'loadavg'), 'utf8').split(' ', 3).map(Number)
    const [cpuLoadAvg1 = NaN, cpuLoadAvg5 = NaN, cpuLoadAvg15 = NaN] = averages
    if (!Number.isFinite(cpuLoadAvg1 + cpuLoadAvg5 + cpuLoadAvg15))
      throw new Error('/proc/loadavg has no three numbers')
    return { host: { cpuLoadAvg1, cpuLoadAvg5, cpuLoadAvg15 } }
  },
})
