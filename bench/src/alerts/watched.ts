// What processes cost while something is measured: CPU as a share of one core, memory at its end.

import { setTimeout as sleep } from 'node:timers/promises'
import { anonymousBytes, usageOf } from '../process-cpu.ts'
import type { Row } from '../table.ts'

export type Processes = ReadonlyMap<string, number>

const cpuSeconds = (processes: Processes): Map<string, number> =>
  new Map([...processes].map(([name, pid]) => [name, usageOf(pid).cpuSeconds]))

/** Runs the work and gives what each process, by its pid, cost from `settleMs` after the work's begin to its end. */
export async function watched(processes: Processes, settleMs: number, work: Promise<void>): Promise<Row[]> {
  await Promise.race([sleep(settleMs), work])
  const [before, startedMs] = [cpuSeconds(processes), performance.now()]
  await work
  const [after, seconds] = [cpuSeconds(processes), (performance.now() - startedMs) / 1_000]
  const rows = [...processes].map(([process, pid]) => ({
    process,
    'CPU-s/s': ((after.get(process) ?? 0) - (before.get(process) ?? 0)) / seconds,
    'RSS MB': usageOf(pid).residentBytes / 1e6,
    'own MB': anonymousBytes(pid) / 1e6,
  }))
  const sum = (key: 'CPU-s/s' | 'own MB') => rows.reduce((total, row) => total + row[key], 0)
  return [...rows, { process: 'all', 'CPU-s/s': sum('CPU-s/s'), 'own MB': sum('own MB') }]
}
