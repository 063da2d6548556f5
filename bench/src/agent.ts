// `npm run bench -- agent`: the agent as it is shipped, in a memory cgroup capped at 50 MB, streaming this very machine
// to a real platform; beside it Debian's prometheus-node-exporter, scraped at the same interval. Then what logs cost it.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Platform } from '@secumon/e2e/platform'
import { freePort, startChild, waitUntilReady, type Child } from '@secumon/infra/embedded/child'
import { buildAgent, startAgent } from './agent-process.ts'
import { MemoryCgroup } from './memory-cgroup.ts'
import { usageOf } from './process-cpu.ts'
import { printJson, printTable, slope } from './table.ts'

const CAP_BYTES = 50_000_000
const MEGABYTE = 1_000_000

export type AgentBenchOptions = { readonly minutes: number; readonly periodSeconds: number }

type Reading = {
  readonly minute: number
  readonly cpuSeconds: number
  readonly residentBytes: number
  readonly anonymousBytes: number
  readonly majorFaults: number
}

export async function benchAgent({ minutes, periodSeconds }: AgentBenchOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'secumon-bench-'))
  const platform = await Platform.start({ directory })
  const cgroup = new MemoryCgroup(`secumon-bench-${process.pid}`, CAP_BYTES)
  const children: Child[] = []
  try {
    await platform.runAll()
    await buildAgent()
    const wrap = cgroup.wrap.bind(cgroup)
    const agent = await startAgent({ platform, name: 'agent', periodSeconds, wrap })
    const exporter = await startExporter()
    children.push(agent, exporter.child)
    const readings = await watch({ agent, exporter }, minutes, periodSeconds)
    report(readings, cgroup, minutes)
  } finally {
    for (const child of children) await child.stop()
    cgroup.remove()
    await platform.stop()
    await rm(directory, { recursive: true })
  }
}

type Exporter = { readonly child: Child; readonly url: string }

async function startExporter(): Promise<Exporter> {
  const port = await freePort()
  const child = await startChild('prometheus-node-exporter', [`--web.listen-address=127.0.0.1:${port}`])
  const url = `http://127.0.0.1:${port}/metrics`
  await waitUntilReady(child, async () => void (await fetch(url)), 10_000)
  return { child, url }
}

type Watched = { readonly agent: Child; readonly exporter: Exporter }
type Readings = { readonly agent: Reading[]; readonly exporter: Reading[] }

async function watch(
  { agent, exporter }: Watched,
  minutes: number,
  periodSeconds: number,
): Promise<Readings> {
  const readings: Readings = { agent: [], exporter: [] }
  const started = performance.now()
  while (performance.now() - started < minutes * 60_000) {
    await (await fetch(exporter.url)).text()
    const minute = (performance.now() - started) / 60_000
    readings.agent.push(await read(agent.pid, minute))
    readings.exporter.push(await read(exporter.child.pid, minute))
    await sleep(periodSeconds * 1_000)
  }
  return readings
}

async function read(pid: number, minute: number): Promise<Reading> {
  const { cpuSeconds, residentBytes } = usageOf(pid)
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  return {
    minute,
    cpuSeconds,
    residentBytes,
    anonymousBytes: Number(/^Anonymous:\s+(\d+)/m.exec(rollup)?.[1] ?? Number.NaN) * 1_024,
    majorFaults: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[9]),
  }
}

function report(readings: Readings, cgroup: MemoryCgroup, minutes: number): void {
  const { peakBytes, failedCharges, usageBytes } = cgroup.read()
  const rows = Object.entries(readings).map(([program, all]) => summary(program, all))
  printTable(`agent and node-exporter, ${minutes} min`, rows)
  const cgroupRow = {
    'charged MB': usageBytes / MEGABYTE,
    'peak MB': peakBytes / MEGABYTE,
    'cap MB': CAP_BYTES / MEGABYTE,
    'failed charges': failedCharges,
  }
  printTable("agent's cgroup", [cgroupRow])
  printJson({ bench: 'agent', minutes, programs: rows, cgroup: cgroupRow })
}

// The first minute is starting up: CPU and slope are of what follows.
function summary(program: string, all: readonly Reading[]) {
  const steady = all.filter(({ minute }) => minute >= 1)
  const [first, last] = [steady[0], steady.at(-1)]
  if (!first || !last) throw new Error('at least two minutes are needed')
  const seconds = (last.minute - first.minute) * 60
  return {
    program,
    'anonymous MB': last.anonymousBytes / MEGABYTE,
    'RSS MB': last.residentBytes / MEGABYTE,
    'CPU %': ((last.cpuSeconds - first.cpuSeconds) / seconds) * 100,
    'major faults': last.majorFaults - first.majorFaults,
    'anonymous kB/min': slope(steady.map(({ minute, anonymousBytes }) => [minute, anonymousBytes / 1_000])),
  }
}
