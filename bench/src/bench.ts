// `npm run bench -- <what> [--flags]`: measurements that take too long for tests. Quote ratios from one run.

import { parseArgs } from 'node:util'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '10' },
    period: { type: 'string', default: '10' },
    runs: { type: 'string', default: '3' },
    agents: { type: 'string', default: '50' },
    ticks: { type: 'string', default: '60000' },
    peers: { type: 'boolean', default: false },
    count: { type: 'string', default: '1000000' },
    profile: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})

const benches: Record<string, () => Promise<void>> = {
  agent: async () => {
    const { benchAgent } = await import('./agent.ts')
    await benchAgent({ minutes: Number(values.minutes), periodSeconds: Number(values.period) })
  },
  hostile: async () => {
    const { benchHostile } = await import('./hostile.ts')
    await benchHostile({ count: Number(values.count), seed: Number(values.seed) })
  },
  fleet: async () => {
    const { benchFleet } = await import('./fleet.ts')
    const { agents, minutes, period, seed } = values
    await benchFleet({
      agents: Number(agents),
      minutes: Number(minutes),
      periodSeconds: Number(period),
      seed: Number(seed),
    })
  },
  rebuild: async () => {
    const { benchRebuild } = await import('./rebuild.ts')
    const { agents, ticks, seed } = values
    await benchRebuild({ agents: Number(agents), frames: Number(ticks), seed: Number(seed) })
  },
  ingest: async () => {
    const { benchIngest } = await import('./ingest.ts')
    const { agents, ticks, runs, seed } = values
    const numbers = { agents: Number(agents), ticks: Number(ticks), runs: Number(runs), seed: Number(seed) }
    await benchIngest({ ...numbers, peers: values.peers, ...(values.profile && { profile: values.profile }) })
  },
}

const bench = benches[positionals[0] ?? '']
if (!bench) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join('|')}`)
  process.exitCode = 64
} else await bench()
