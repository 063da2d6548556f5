// Collectors for hosts that are no Linux: Node's own figures, and `systeminformation` for the rest, which starts
// programs and is loaded only there.

import { cpus, loadavg, uptime } from 'node:os'
import { createCounterTable, correctedDelta } from '../counters.ts'
import type { CreateCollector } from './collector.ts'
import { MAX_FILESYSTEMS } from './filesystems.ts'
import { isHostInterface, MAX_INTERFACES } from './networks.ts'

/** CPU times by core, load and uptime. Windows has no load: then it is absent. */
export const createPortableCpuCollector: CreateCollector = () => {
  let previous: ReturnType<typeof cpus> | undefined
  return {
    name: 'cpu',
    collect() {
      const current = cpus()
      const gains = current.map((core, i) => gain(previous?.[i]?.times ?? core.times, core.times))
      previous = current
      const [cpuLoadAvg1, cpuLoadAvg5, cpuLoadAvg15] = loadavg()
      const load = process.platform === 'win32' ? {} : { cpuLoadAvg1, cpuLoadAvg5, cpuLoadAvg15 }
      return { host: { ...load, ...cpuShares(gains), systemUptimeSeconds: uptime() } }
    },
  }
}

type Gain = { readonly user: number; readonly system: number; readonly idle: number; readonly total: number }
type Times = ReturnType<typeof cpus>[number]['times']

function gain(before: Times, now: Times): Gain {
  const user = correctedDelta(before.user + before.nice, now.user + now.nice)
  const system = correctedDelta(before.sys + before.irq, now.sys + now.irq)
  const idle = correctedDelta(before.idle, now.idle)
  return { user, system, idle, total: user + system + idle }
}

function cpuShares(cores: readonly Gain[]) {
  const sum = (mode: keyof Gain) => cores.reduce((total, core) => total + core[mode], 0)
  const total = sum('total')
  if (total === 0) return {}
  const idle = (100 * sum('idle')) / total
  return {
    cpuUsagePercent: 100 - idle,
    cpuUserPercent: (100 * sum('user')) / total,
    cpuSystemPercent: (100 * sum('system')) / total,
    cpuIdlePercent: idle,
    cpuCoreBusyPercent: cores.map((core) => (core.total > 0 ? 100 - (100 * core.idle) / core.total : 0)),
  }
}

export const createPortableMemoryCollector: CreateCollector = () => ({
  name: 'memory',
  async collect() {
    const { mem } = await import('systeminformation')
    const { total, available, cached, buffers, swaptotal, swapused } = await mem()
    return {
      host: {
        memoryTotalBytes: total,
        memoryUsedBytes: total - available,
        memoryAvailableBytes: available,
        memoryCachedBytes: cached,
        memoryBuffersBytes: buffers,
        memoryUsagePercent: (100 * (total - available)) / total,
        swapTotalBytes: swaptotal,
        swapUsedBytes: swapused,
        ...(swaptotal > 0 && { swapUsagePercent: (100 * swapused) / swaptotal }),
      },
    }
  },
})

/** Space only: `systeminformation` tells no inodes here, so they are 0. */
export const createPortableFilesystemsCollector: CreateCollector = () => ({
  name: 'filesystems',
  async collect() {
    const { fsSize } = await import('systeminformation')
    const disks = (await fsSize()).filter(({ size }) => size > 0).slice(0, MAX_FILESYSTEMS)
    const none = disks.map(() => 0)
    return {
      filesystems: {
        mount: disks.map(({ mount }) => mount),
        device: disks.map(({ fs }) => fs),
        type: disks.map(({ type }) => type),
        totalBytes: disks.map(({ size }) => size),
        usedBytes: disks.map(({ used }) => used),
        freeBytes: disks.map(({ available }) => available),
        usagePercent: disks.map(({ used, available }) => (100 * used) / Math.max(1, used + available)),
        inodesTotal: none,
        inodesUsed: none,
        inodesUsagePercent: none,
      },
    }
  },
})

/** Bytes, errors and drops: `systeminformation` counts no packets, so they are 0. */
export const createPortableNetworksCollector: CreateCollector = () => {
  const counters = createCounterTable()
  return {
    name: 'networks',
    async collect() {
      const { networkStats } = await import('systeminformation')
      const stats = (await networkStats('*'))
        .filter(({ iface }) => isHostInterface(iface))
        .slice(0, MAX_INTERFACES)
      const rows = stats.flatMap((s) => {
        const totals = [s.rx_bytes, s.tx_bytes, s.rx_errors, s.tx_errors, s.rx_dropped, s.tx_dropped]
        const deltas = counters.deltas(s.iface, totals)
        return deltas ? [{ name: s.iface, deltas }] : []
      })
      counters.endReading()
      const column = (i: number) => rows.map(({ deltas }) => deltas[i] ?? 0)
      const none = rows.map(() => 0)
      const networks = {
        interface: rows.map(({ name }) => name),
        receiveBytes: column(0),
        transmitBytes: column(1),
        receivePackets: none,
        transmitPackets: none,
        receiveErrors: column(2),
        transmitErrors: column(3),
        receiveDrops: column(4),
        transmitDrops: column(5),
      }
      return rows.length > 0 ? { networks } : {}
    },
  }
}
