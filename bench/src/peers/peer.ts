// The programs we are measured against, from the distribution: each a real server fed over loopback.

import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { freePort, startChild, waitUntilReady, type Child } from '@secumon/infra/embedded/child'
import { ensureTool } from '@secumon/infra/embedded/tools'
import { usageOf } from '../process-cpu.ts'
import { get, post } from './exchange.ts'
import { hostSeries, writeRequest, type Tick } from './remote-write.ts'

export type PeerName = 'prometheus' | 'victoria-metrics'

export type Workload = {
  /** Ticks of each host, oldest first. */
  readonly hosts: readonly (readonly Tick[])[]
  readonly ticksPerRequest: number
}

export type PeerResult = {
  readonly name: PeerName
  readonly version: string
  readonly samples: number
  readonly wallSeconds: number
  readonly cpuSeconds: number
  readonly samplesPerCpuSecond: number
  readonly residentBytes: number
}

/** Requests under way at once: as many as keep both cores busy. */
const CONCURRENCY = 8

const PROGRAMS: Record<PeerName, (directory: string, address: string) => Promise<string[]>> = {
  prometheus: async (directory, address) => {
    const configuration = join(directory, 'prometheus.yml')
    await writeFile(configuration, 'global: {}\n')
    return [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=${address}`,
      '--web.enable-remote-write-receiver',
    ]
  },
  'victoria-metrics': (directory, address) =>
    Promise.resolve([`-storageDataPath=${join(directory, 'data')}`, `-httpListenAddr=${address}`]),
}

/** Feeds the workload as fast as the peer takes it and measures what that cost the peer. */
export async function measurePeer(
  name: PeerName,
  workload: Workload,
  directory: string,
): Promise<PeerResult> {
  await mkdir(directory, { recursive: true })
  const port = await freePort()
  const program = await ensureTool(name)
  const child = await startChild(program, await PROGRAMS[name](directory, `127.0.0.1:${port}`))
  try {
    await waitUntilReady(child, () => get(port, '/-/healthy'), 30_000)
    return await feed(name, { child, port }, workload)
  } finally {
    await child.stop()
  }
}

async function feed(
  name: PeerName,
  peer: { child: Child; port: number },
  workload: Workload,
): Promise<PeerResult> {
  const bodies = requestBodies(workload)
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY })
  const before = usageOf(peer.child.pid)
  const started = performance.now()
  await drain(bodies, (body) => post({ port: peer.port, agent, body }))
  const wallSeconds = (performance.now() - started) / 1_000
  const after = usageOf(peer.child.pid)
  agent.destroy()
  const samples = workload.hosts.flat().reduce((sum, tick) => sum + tick.values.length, 0)
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds
  const { residentBytes } = after
  return {
    name,
    version: versionOf(name),
    samples,
    wallSeconds,
    cpuSeconds,
    samplesPerCpuSecond: samples / cpuSeconds,
    residentBytes,
  }
}

// Round robin over the hosts, as their requests would come.
function requestBodies({ hosts, ticksPerRequest }: Workload): Buffer[][] {
  return hosts.map((ticks, i) => {
    const series = hostSeries(`host-${i}`, ticks[0]?.values.length ?? 0)
    const count = Math.ceil(ticks.length / ticksPerRequest)
    return Array.from({ length: count }, (_, at) =>
      writeRequest(series, ticks.slice(at * ticksPerRequest, (at + 1) * ticksPerRequest)),
    )
  })
}

// Requests of one host stay in order; several hosts go at once.
async function drain(bodies: readonly Buffer[][], send: (body: Buffer) => Promise<void>): Promise<void> {
  const lanes = Array.from({ length: CONCURRENCY }, (_, lane) =>
    bodies.filter((_, host) => host % CONCURRENCY === lane),
  )
  await Promise.all(
    lanes.map(async (hosts) => {
      const rounds = Math.max(0, ...hosts.map((host) => host.length))
      for (let round = 0; round < rounds; round++)
        for (const host of hosts) {
          const body = host[round]
          if (body) await send(body)
        }
    }),
  )
}

/** As Debian names it: victoria-metrics prints none that is a number. */
export function versionOf(name: string): string {
  const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${Version}', name], {
    encoding: 'utf8',
  })
  return stdout || 'unknown'
}
