// Time since boot, from /proc/uptime.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CreateCollector } from './collector.ts'

/** Measures `system.uptime_seconds`. */
export const createUptimeCollector: CreateCollector = ({ roots }) => ({
  name: 'uptime',
  collect() {
    const systemUptimeSeconds = Number.parseFloat(readFileSync(join(roots.proc, 'uptime'), 'utf8'))
    if (Number.isNaN(systemUptimeSeconds)) throw new Error('/proc/uptime has no number')
    return { host: { systemUptimeSeconds } }
  },
})
