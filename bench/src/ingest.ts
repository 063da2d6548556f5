// `npm run bench -- ingest [--peers]`: signed frames in, committed rows out, and what that costs every process on the
// server side, nats-server and PostgreSQL included. The generator is not counted.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '@secumon/e2e/eventually'
import { Platform } from '@secumon/e2e/platform'
import { startGenerator } from './generator.ts'
import { samePeerTicks } from './peer-ticks.ts'
import { measurePeer, type PeerName } from './peers/peer.ts'
import { usageOf, type Usage } from './process-cpu.ts'
import { median, printJson, printTable, type Row } from './table.ts'
import { whileWhole } from './while-whole.ts'

const VALUES_PER_TICK = 120
const TICKS_PER_FRAME = [1, 6]
const PEERS: readonly PeerName[] = ['prometheus', 'victoria-metrics']

export type IngestBenchOptions = {
  readonly agents: number
  /** Ticks of all agents together in each run. */
  readonly ticks: number
  readonly runs: number
  readonly peers: boolean
  readonly seed: number
  /** Where V8 CPU profiles of the roles are written; absent: none. */
  readonly profile?: string
}

export async function benchIngest(options: IngestBenchOptions): Promise<void> {
  const rows: Row[] = []
  for (const ticksPerFrame of TICKS_PER_FRAME) {
    const runs: Measured[] = []
    for (let run = 0; run < options.runs; run++) runs.push(await measure(options, ticksPerFrame))
    const middle = median(runs.map(({ samplesPerCpuSecond }) => samplesPerCpuSecond))
    const chosen = runs.find(({ samplesPerCpuSecond }) => samplesPerCpuSecond === middle)
    if (!chosen) throw new Error('no run')
    printTable(`K = ${ticksPerFrame}: CPU seconds and memory of each process (median run)`, chosen.processes)
    rows.push(summary('secumon', ticksPerFrame, chosen))
    if (options.peers) rows.push(...(await peerRows(options, ticksPerFrame, middle)))
  }
  printTable(`ingest, seed ${options.seed}, ${options.runs} runs, median`, rows)
  printJson({ bench: 'ingest', ...options, rows })
}

type Measured = {
  readonly frames: number
  readonly wallSeconds: number
  readonly cpuSeconds: number
  readonly samplesPerSecond: number
  readonly samplesPerCpuSecond: number
  readonly processes: readonly Row[]
}

async function measure(
  { agents, ticks, seed, profile }: IngestBenchOptions,
  ticksPerFrame: number,
): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'secumon-bench-'))
  const platform = await Platform.start({ directory, environment: { SECUMON_LOG_LEVEL: 'warn' } })
  try {
    for (const role of ['api', 'archiver', 'projector', 'ingest'] as const)
      await platform.run(role, [role], profiling(profile && join(profile, `K${ticksPerFrame}-${role}`)))
    const frames = Math.ceil(ticks / ticksPerFrame / agents)
    const generator = await startGenerator(platform, { agents, frames, ticksPerFrame, interval: 0, seed })
    const before = serverUsage(platform)
    const started = performance.now()
    const sent = await whileWhole(platform, generator.run())
    await whileWhole(platform, backlogGone(platform, sent.frames))
    const wallSeconds = (performance.now() - started) / 1_000
    return measured({ before, after: serverUsage(platform), wallSeconds, frames: sent.frames, ticksPerFrame })
  } finally {
    await platform.stop()
    await rm(directory, { recursive: true })
  }
}

const profiling = (directory: string | undefined): Record<string, string> =>
  directory ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${directory}` } : {}

type Usages = ReadonlyMap<string, Usage>

const serverUsage = (platform: Platform): Usages =>
  new Map([
    ['nats-server', usageOf(platform.nats.child.pid)],
    ['postgres', usageOf(platform.postgres.child.pid)],
    ...[...platform.roles].map(([name, child]): [string, Usage] => [name, usageOf(child.pid)]),
  ])

/** Every projection has taken every frame, and so has the archive. */
async function backlogGone(platform: Platform, frames: number): Promise<void> {
  const least = async () => {
    const [row] = await platform.query<{ frames: number; projections: number }>(
      `select min(frames)::int as frames, count(*)::int as projections from
         (select projection, sum(sequence) as frames from secumon.agent_position group by projection) as taken`,
    )
    return row?.projections === TAKERS ? row.frames : 0
  }
  const done = { timeoutMs: 300_000, everyMs: 50 }
  await eventually('everybody has every frame', async () => (await least()) === frames, done)
}

/** Samples, agents, archive. */
const TAKERS = 3

type Run = {
  readonly before: Usages
  readonly after: Usages
  readonly wallSeconds: number
  readonly frames: number
  readonly ticksPerFrame: number
}

function measured({ before, after, wallSeconds, frames, ticksPerFrame }: Run): Measured {
  const processes = [...after].map(([process, usage]) => ({
    process,
    'CPU s': usage.cpuSeconds - (before.get(process)?.cpuSeconds ?? 0),
    'CPU µs/frame': ((usage.cpuSeconds - (before.get(process)?.cpuSeconds ?? 0)) * 1e6) / frames,
    'RSS MB': usage.residentBytes / 1e6,
  }))
  const cpuSeconds = processes.reduce((sum, row) => sum + row['CPU s'], 0)
  const samples = frames * ticksPerFrame * VALUES_PER_TICK
  return {
    frames,
    wallSeconds,
    cpuSeconds,
    samplesPerSecond: samples / wallSeconds,
    samplesPerCpuSecond: samples / cpuSeconds,
    processes,
  }
}

const summary = (system: string, ticksPerRequest: number, run: Omit<Measured, 'processes'>): Row => ({
  system,
  K: ticksPerRequest,
  'requests/s': run.frames / run.wallSeconds,
  'samples/s': run.samplesPerSecond,
  'samples/CPU-s': run.samplesPerCpuSecond,
  'CPU µs/request': (run.cpuSeconds * 1e6) / run.frames,
})

async function peerRows(options: IngestBenchOptions, ticksPerRequest: number, ours: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const name of PEERS) {
    const results = []
    for (let run = 0; run < options.runs; run++) {
      const directory = await mkdtemp(join(tmpdir(), 'secumon-bench-peer-'))
      results.push(await measurePeer(name, { hosts: samePeerTicks(options), ticksPerRequest }, directory))
      await rm(directory, { recursive: true })
    }
    const middle = median(results.map(({ samplesPerCpuSecond }) => samplesPerCpuSecond))
    const chosen = results.find(({ samplesPerCpuSecond }) => samplesPerCpuSecond === middle)
    if (!chosen) continue
    const { samples, wallSeconds, cpuSeconds, version } = chosen
    const frames = samples / VALUES_PER_TICK / ticksPerRequest
    const run = {
      frames,
      wallSeconds,
      cpuSeconds,
      samplesPerSecond: samples / wallSeconds,
      samplesPerCpuSecond: middle,
    }
    rows.push({ ...summary(`${name} ${version}`, ticksPerRequest, run), 'ours ÷ theirs': ours / middle })
  }
  return rows
}
