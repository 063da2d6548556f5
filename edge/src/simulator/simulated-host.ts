// A host that does not exist: its hardware, its habits and how it stands now. Same seed, same life.

import { createRandom, type Random } from './random.ts'

const GIB = 1024 ** 3
export const CORES = 16
export const SENSORS = [
  'coretemp/Package id 0',
  ...Array.from({ length: CORES }, (_, i) => `coretemp/Core ${i}`),
  'nvme/Composite',
]
export const DEVICES = ['nvme0n1', 'nvme1n1', 'sda']
export const INTERFACES = ['eth0', 'eth1', 'wg0']

export type SimulatedDisk = {
  readonly mount: string
  readonly device: string
  readonly type: string
  readonly totalBytes: number
  readonly inodesTotal: number
  /** Share gained per day; at `cleanedAt` somebody cleans up. */
  readonly growthPerDay: number
  readonly cleanedAt: number
  usedShare: number
}

export type SimulatedProcess = {
  pid: number
  readonly name: string
  readonly user: string
  readonly weight: number
}

export type SimulatedHostOptions = {
  /** Any whole number; hosts with different seeds differ. */
  readonly seed: number
  readonly hostname?: string
  readonly agentVersion?: string
  /** Default 10,000. */
  readonly periodMs?: number
  /** Between lists of processes, and values that programs publish. Default 60,000; 0 for neither. */
  readonly processPeriodMs?: number
}

/** How a simulated host stands; only `simulatedObservation` changes it. */
export type SimulatedHost = {
  readonly seed: number
  readonly random: Random
  /** Of its own, so that what programs publish changes nothing else. */
  readonly customRandom: Random
  readonly hostname: string
  readonly agentVersion: string
  readonly periodMs: number
  readonly processPeriodMs: number
  readonly address: string
  readonly memoryTotalBytes: number
  readonly swapTotalBytes: number
  /** Share of CPU at night, and what working hours add. */
  readonly nightActivity: number
  readonly dayActivity: number
  readonly coreSkew: readonly number[]
  readonly disks: readonly SimulatedDisk[]
  readonly processes: SimulatedProcess[]
  /** When backups are made, after midnight UTC. */
  readonly backupAtMs: number
  /** CPU wanted now, percent of all cores. */
  activity: number
  drift: number
  burstMs: number
  burstActivity: number
  memoryShare: number
  swapShare: number
  load1: number
  load5: number
  load15: number
  heat: number
  uptimeMs: number
  users: number
  processCount: number
  failedUnits: number
  sinceProcessesMs: number
  /** Undefined before the first. */
  sinceCustomMs: number | undefined
  inventorySent: boolean
}

export function createSimulatedHost(options: SimulatedHostOptions): SimulatedHost {
  const { seed, hostname = `sim-${String(seed).padStart(5, '0')}`, agentVersion = '0.1.0' } = options
  const random = createRandom(Math.imul(seed + 1, 0x9e3779b1))
  const customRandom = createRandom(Math.imul(seed + 1, 0xc2b2ae35))
  const { processPeriodMs = 60_000, periodMs = 10_000 } = options
  return {
    seed,
    random,
    customRandom,
    hostname,
    agentVersion,
    periodMs,
    processPeriodMs,
    address: `10.${64 + ((seed >> 16) & 63)}.${(seed >> 8) & 255}.${seed & 255}`,
    memoryTotalBytes: GIB * 2 ** (3 + Math.floor(random.next() * 4)),
    swapTotalBytes: 4 * GIB,
    nightActivity: 2 + 10 * random.next(),
    dayActivity: 5 + 45 * random.next() ** 2,
    coreSkew: Array.from({ length: CORES }, () => 0.6 + 0.8 * random.next()),
    disks: disks(random),
    processes: processes(random),
    backupAtMs: 5 * 3_600_000 * customRandom.next(),
    activity: 5,
    drift: 0,
    burstMs: 0,
    burstActivity: 0,
    memoryShare: 0.25 + 0.4 * random.next(),
    swapShare: 0.1 * random.next(),
    load1: 0.5,
    load5: 0.5,
    load15: 0.5,
    heat: 40,
    uptimeMs: 90 * 86_400_000 * random.next(),
    users: random.next() < 0.3 ? 1 : 0,
    processCount: 150 + Math.floor(250 * random.next()),
    failedUnits: random.next() < 0.05 ? 1 : 0,
    sinceProcessesMs: processPeriodMs * random.next(),
    sinceCustomMs: undefined,
    inventorySent: false,
  }
}

const disks = (random: Random): SimulatedDisk[] => [
  disk(random, { mount: '/', device: '/dev/nvme0n1p2', type: 'ext4', totalBytes: 64 * GIB }),
  disk(random, { mount: '/var', device: '/dev/nvme1n1p1', type: 'ext4', totalBytes: 256 * GIB }),
  disk(random, { mount: '/srv', device: '/dev/sda1', type: 'xfs', totalBytes: 2048 * GIB }),
]

const disk = (
  random: Random,
  fixed: Pick<SimulatedDisk, 'mount' | 'device' | 'type' | 'totalBytes'>,
): SimulatedDisk => ({
  ...fixed,
  inodesTotal: fixed.totalBytes / 16_384,
  growthPerDay: 0.02 * random.next() ** 3,
  cleanedAt: 0.8 + 0.18 * random.next(),
  usedShare: 0.15 + 0.6 * random.next(),
})

const PROGRAMS =
  'postgres:postgres nginx:www-data java:app node:app redis-server:redis sshd:root systemd-journald:root dockerd:root python3:app cron:root php-fpm:www-data mysqld:mysql'.split(
    ' ',
  )

const processes = (random: Random): SimulatedProcess[] =>
  PROGRAMS.map((program) => {
    const [name = '', user = ''] = program.split(':')
    return { pid: 300 + Math.floor(30_000 * random.next()), name, user, weight: random.next() ** 2 }
  })
