// How a simulated host lives from one tick to the next.

import type { SimulatedHost } from './simulated-host.ts'

const DAY_MS = 86_400_000
/** A reboot every two months, on the average. */
const REBOOT_PERIOD_MS = 60 * DAY_MS
/** A burst of work every hour, on the average, for up to five minutes. */
const BURST_PERIOD_MS = 3_600_000
const LONGEST_BURST_MS = 300_000
const CLEANED_SHARE = 0.3

/** Lets `intervalMs` pass: work comes and goes, memory drifts, disks fill. */
export function advance(host: SimulatedHost, atMs: number, intervalMs: number): void {
  const { random } = host
  host.uptimeMs += intervalMs
  if (random.next() < intervalMs / REBOOT_PERIOD_MS) reboot(host)
  work(host, atMs, intervalMs)
  host.memoryShare = within(
    host.memoryShare + 0.002 * random.wobble() + 0.0005 * (0.5 - host.memoryShare),
    0.08,
    0.97,
  )
  host.swapShare = within(host.swapShare + 0.0005 * random.wobble(), 0, 0.6)
  host.processCount = Math.round(within(host.processCount + 2 * random.wobble(), 120, 900))
  if (random.next() < 0.01) host.users = Math.round(within(host.users + random.wobble(), 0, 8))
  for (const disk of host.disks) {
    disk.usedShare += (disk.growthPerDay * intervalMs) / DAY_MS + 0.00001 * random.wobble()
    if (disk.usedShare > disk.cleanedAt) disk.usedShare -= CLEANED_SHARE
  }
}

/** Restricts a value to a range. */
export const within = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, value))

function work(host: SimulatedHost, atMs: number, intervalMs: number): void {
  const { random } = host
  host.drift = 0.95 * host.drift + random.wobble()
  host.burstMs = Math.max(0, host.burstMs - intervalMs)
  if (host.burstMs === 0) host.burstActivity = 0
  if (random.next() < intervalMs / BURST_PERIOD_MS) {
    host.burstMs = LONGEST_BURST_MS * random.next()
    host.burstActivity = 60 * random.next()
  }
  const wanted = host.nightActivity + host.dayActivity * rhythm(atMs) + host.drift + host.burstActivity
  host.activity = within(wanted, 0.5, 99)
}

/** 0 at night, 1 in the middle of a working day, by UTC. */
function rhythm(atMs: number): number {
  const hour = (atMs % DAY_MS) / 3_600_000
  const weekday = (Math.floor(atMs / DAY_MS) + 4) % 7
  const week = weekday === 0 || weekday === 6 ? 0.35 : 1
  return week * Math.max(0, Math.sin((Math.PI * (hour - 6)) / 14))
}

function reboot(host: SimulatedHost): void {
  host.uptimeMs = 20_000
  host.swapShare = 0
  host.memoryShare = 0.1
  host.load1 = 2
  host.load5 = 0.5
  host.load15 = 0.1
  for (const process of host.processes) process.pid = 300 + Math.floor(3_000 * host.random.next())
  host.inventorySent = false
}
