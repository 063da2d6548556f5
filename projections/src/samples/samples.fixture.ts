// Observations for the tests of the samples: every field filled, every number different.

import type { ObservationInit } from '../testing/recorded.ts'

/** ULIDs of checks: one that pings, one that connects, one that asks for a page. */
export const CHECKS = {
  ping: '01J8ZQ4Q9Z000000000000000A',
  port: '01J8ZQ4Q9Z000000000000000B',
  page: '01J8ZQ4Q9Z000000000000000C',
} as const

/** An observation whose values are told apart by `seed`. */
export function observation(atMs: number, seed: number) {
  return {
    atMs: BigInt(atMs),
    intervalMs: 10_000,
    periodMs: 10_000,
    host: {
      cpuUsagePercent: 10 + (seed % 80),
      cpuUserPercent: 5.5,
      cpuSystemPercent: 4.5,
      cpuIowaitPercent: 0.25,
      cpuStealPercent: 0,
      cpuIdlePercent: 90 - (seed % 80),
      cpuCoreBusyPercent: [seed % 100, 50],
      cpuLoadAvg1: 0.5,
      cpuLoadAvg5: 0.25,
      cpuLoadAvg15: 0.125,
      memoryTotalBytes: 16 * 2 ** 30,
      memoryUsedBytes: 2 ** 30 + seed,
      memoryAvailableBytes: 15 * 2 ** 30 - seed,
      memoryCachedBytes: 2 ** 29,
      memoryBuffersBytes: 2 ** 20,
      memoryUsagePercent: 6.25,
      swapTotalBytes: 2 ** 31,
      swapUsedBytes: 4096,
      swapUsagePercent: 0.5,
      systemUptimeSeconds: 1000.5 + seed,
      systemUsers: 2,
      systemProcesses: 200,
      temperatureMaxCelsius: 55.5,
      systemdFailedUnits: 1,
    },
    temperatures: { sensor: ['cpu', 'nvme "0"'], celsius: [55.5, -4.5] },
    filesystems: {
      mount: ['/', '/srv/é\\'],
      device: ['/dev/sda1', 'tank'],
      type: ['ext4', 'zfs'],
      totalBytes: [1e12, 2e12],
      usedBytes: [4e11 + seed, 1e12],
      freeBytes: [6e11 - seed, 1e12],
      usagePercent: [40, 50],
      inodesTotal: [1e6, 2e6],
      inodesUsed: [1e5, 2e5],
      inodesUsagePercent: [10, 10],
    },
    blockDevices: {
      device: ['sda'],
      readBytes: [1024 * seed],
      writeBytes: [2048],
      readOperations: [seed],
      writeOperations: [4],
      busyPercent: [1.5],
      awaitMs: [0.75],
    },
    networks: {
      interface: ['eth0', 'wg0'],
      receiveBytes: [1000 * seed, 10],
      transmitBytes: [2000, 20],
      receivePackets: [10, 1],
      transmitPackets: [20, 2],
      receiveErrors: [0, 0],
      transmitErrors: [0, 0],
      receiveDrops: [1, 0],
      transmitDrops: [0, 0],
    },
    processes: {
      pid: [1, 4242],
      name: ['systemd', 'node'],
      user: ['root', 'secumon'],
      cpuPercent: [0.5, 120 + (seed % 10)],
      rssBytes: [10 * 2 ** 20, 64 * 2 ** 20],
    },
    checks: [
      {
        intervalMs: 60_000,
        check: [CHECKS.ping, CHECKS.port],
        upPercent: [100, seed % 2 === 0 ? 100 : 0],
        durationMs: [12.5, 20 + seed],
        lossPercent: [0, seed % 100],
      },
      {
        intervalMs: 30_000,
        check: [CHECKS.page],
        upPercent: [100],
        durationMs: [250 + seed],
        firstByteMs: [80.25],
        certificateDaysLeft: [60.5],
      },
    ],
    custom: {
      intervalMs: 60_000,
      metric: ['queue_length', 'requests_total'],
      counter: [false, true],
      metricIndex: [0, 0, 1, 1],
      labels: ['', 'queue="slow \\"one\\""', 'code="200"', 'code="500"'],
      value: [seed / 8, -1.5 - seed, 10.25 * seed, seed % 3],
    },
  } satisfies ObservationInit
}
