// `npm run bench -- fleet`: many simulated agents at ten seconds for ten minutes on one machine, generator included. Prints
// how long frames take to become visible, what is left at the end, and how memory moves.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Platform } from '@secumon/e2e/platform'
import { startGenerator } from './generator.ts'
import { anonymousBytes, usageOf, type Usage } from './process-cpu.ts'
import { printJson, printTable, slope } from './table.ts'
import { whileWhole } from './while-whole.ts'

const SAMPLE_MS = 10_000
/** Memory before this is of starting up. */
const SETTLED_MINUTES = 3

export type FleetBenchOptions = {
  readonly agents: number
  readonly minutes: number
  readonly periodSeconds: number
  readonly seed: number
}

type Member = Usage & { readonly anonymousBytes: number }
type Reading = { readonly minute: number; readonly processes: ReadonlyMap<string, Member> }

export async function benchFleet(options: FleetBenchOptions): Promise<void> {
  const { agents, minutes, periodSeconds, seed } = options
  const directory = await mkdtemp(join(tmpdir(), 'secumon-bench-'))
  const platform = await Platform.start({ directory, environment: { SECUMON_LOG_LEVEL: 'warn' } })
  try {
    await platform.runAll()
    const frames = Math.ceil((minutes * 60) / periodSeconds)
    const load = { agents, frames, ticksPerFrame: 1, interval: periodSeconds, seed }
    const generator = await startGenerator(platform, load)
    const started = performance.now()
    const sending = whileWhole(platform, generator.run())
    const readings = await watch(platform, sending)
    const sent = await sending
    report(options, { readings, visible: await visibleSeconds(platform), lag: await lagSeconds(platform) })
    const [held] = await platform.query<{ frames: number }>(
      `select sum(sequence)::int as frames from secumon.agent_position where projection = 'samples'`,
    )
    const seconds = (performance.now() - started) / 1_000
    printJson({ bench: 'fleet', ...options, sent: sent.frames, held: held?.frames, seconds })
  } finally {
    await platform.stop()
    await rm(directory, { recursive: true })
  }
}

async function watch(platform: Platform, until: Promise<unknown>): Promise<Reading[]> {
  const readings: Reading[] = []
  const started = performance.now()
  let isOver = false
  void until.finally(() => (isOver = true)).catch(() => undefined)
  while (!isOver) {
    const servers: [string, number][] = [
      ['nats-server', platform.nats.child.pid],
      ['postgres', platform.postgres.child.pid],
      ...[...platform.roles].map(([name, { pid }]): [string, number] => [name, pid]),
    ]
    const processes = new Map(
      servers.map(([name, pid]) => [name, { ...usageOf(pid), anonymousBytes: anonymousBytes(pid) }]),
    )
    readings.push({ minute: (performance.now() - started) / 60_000, processes })
    await Promise.race([sleep(SAMPLE_MS), until.catch(() => undefined)])
  }
  return readings
}

const metrics = async (platform: Platform): Promise<string> =>
  (await fetch(`${platform.apiUrl}/metrics`)).text()

type Quantiles = { readonly p50: number; readonly p99: number }

/** From the histogram of the samples' batches: the upper bound of the bucket that holds the quantile. */
async function visibleSeconds(platform: Platform): Promise<Quantiles> {
  const buckets = [
    ...(await metrics(platform)).matchAll(
      /^secumon_projections_visible_seconds_bucket\{le="([^"]+)",projection="samples"[^}]*\} (\d+)/gm,
    ),
  ].map(([, bound, count]) => ({ bound: Number(bound === '+Inf' ? Infinity : bound), count: Number(count) }))
  const total = buckets.at(-1)?.count ?? 0
  const quantile = (q: number) => buckets.find(({ count }) => count >= q * total)?.bound ?? Number.NaN
  return { p50: quantile(0.5), p99: quantile(0.99) }
}

async function lagSeconds(platform: Platform): Promise<number> {
  const line = /^secumon_projections_lag_seconds\{projection="samples"[^}]*\} (\S+)/m.exec(
    await metrics(platform),
  )
  return Number(line?.[1])
}

type Outcome = { readonly readings: readonly Reading[]; readonly visible: Quantiles; readonly lag: number }

function report(
  { agents, minutes, periodSeconds }: FleetBenchOptions,
  { readings, visible, lag }: Outcome,
): void {
  const settled = readings.filter(({ minute }) => minute >= Math.min(SETTLED_MINUTES, minutes / 3))
  const [first, last] = [settled[0], settled.at(-1)]
  if (!first || !last) throw new Error('too short')
  const seconds = (last.minute - first.minute) * 60
  const rows = [...last.processes].map(([process, usage]) => ({
    process,
    'CPU %': ((usage.cpuSeconds - (first.processes.get(process)?.cpuSeconds ?? 0)) / seconds) * 100,
    'RSS MB': usage.residentBytes / 1e6,
    'own MB': usage.anonymousBytes / 1e6,
    'own MB/min': slope(
      settled.map(({ minute, processes }) => [minute, (processes.get(process)?.anonymousBytes ?? 0) / 1e6]),
    ),
  }))
  printTable(`${agents} agents at ${periodSeconds} s for ${minutes} min`, rows)
  printTable('frames', [
    { 'visible p50 s ≤': visible.p50, 'visible p99 s ≤': visible.p99, 'lag at the end s': lag },
  ])
  printJson({ processes: rows, visible, lag })
}
