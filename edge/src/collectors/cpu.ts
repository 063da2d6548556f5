// CPU time by mode from /proc/stat, as shares of the time since the last reading.
// Source: proc(5). user includes guest and nice includes guest_nice, so guest time is not added again.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { correctedDelta } from '../counters.ts'
import type { CreateCollector, Reading } from './collector.ts'

/** user, nice, system, idle, iowait, irq, softirq, steal. */
const MODES = 8
const MAX_CORES = 1024
const IDLE = 3
const IOWAIT = 4

/** Measures `cpu.*` but the load: usage is what is neither idle nor iowait, of all cores together 0 – 100. */
export const createCpuCollector: CreateCollector = ({ roots }) => {
  let previous: CpuTimes[] | undefined
  return {
    name: 'cpu',
    collect() {
      const current = parseCpuTimes(readFileSync(join(roots.proc, 'stat'), 'utf8'))
      const before = previous
      previous = current
      return before ? reading(before, current) : {}
    },
  }
}

/** One line of /proc/stat: `cpu` for all, `cpu3` for a core. */
export type CpuTimes = { readonly label: string; readonly ticks: readonly number[] }

/** Reads the lines at the head of /proc/stat that speak of CPUs. @throws Error when there is none to be read */
export function parseCpuTimes(stat: string): CpuTimes[] {
  const times: CpuTimes[] = []
  for (let start = 0; stat.startsWith('cpu', start) && times.length <= MAX_CORES;) {
    const end = stat.indexOf('\n', start)
    const [label = '', ...ticks] = stat.slice(start, end < 0 ? undefined : end).split(/ +/, MODES + 1)
    times.push({ label, ticks: ticks.map(Number) })
    if (end < 0) break
    start = end + 1
  }
  if (times[0]?.label !== 'cpu' || !times.every(({ ticks }) => ticks.every(Number.isFinite)))
    throw new Error('no cpu line that can be read in /proc/stat')
  return times
}

function reading(before: readonly CpuTimes[], current: readonly CpuTimes[]): Reading {
  const all = shares(before[0], current[0])
  const earlier = new Map(before.map((times) => [times.label, times]))
  const cores = current.slice(1).map((core) => busy(shares(earlier.get(core.label), core)) ?? 0)
  if (!all) return { host: { cpuCoreBusyPercent: cores } }
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = all
  return {
    host: {
      cpuUsagePercent: busy(all),
      cpuUserPercent: user + nice,
      cpuSystemPercent: system + irq + softirq,
      cpuIowaitPercent: iowait,
      cpuStealPercent: steal,
      cpuIdlePercent: idle,
      cpuCoreBusyPercent: cores,
    },
  }
}

/** Percent per mode, or undefined when no time has passed. */
function shares(before: CpuTimes | undefined, current: CpuTimes | undefined): number[] | undefined {
  if (!before || !current) return undefined
  const gains = current.ticks.map((ticks, i) => correctedDelta(before.ticks[i] ?? 0, ticks))
  const total = gains.reduce((sum, gain) => sum + gain, 0)
  return total > 0 ? gains.map((gain) => (100 * gain) / total) : undefined
}

const busy = (modes: readonly number[] | undefined): number | undefined =>
  modes && Math.max(0, 100 - (modes[IDLE] ?? 0) - (modes[IOWAIT] ?? 0))
