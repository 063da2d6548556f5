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
    share: { type: 'string', default: '0.2' },
    evaluation: { type: 'string', default: '1' },
    'group-wait': { type: 'string', default: '0' },
    days: { type: 'string', default: '30' },
    url: { type: 'string' },
    data: { type: 'string' },
    wasm: { type: 'boolean', default: false },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const benches: Record<string, () => Promise<void>> = {
  alerts: async () => {
    const { benchAlerts } = await import('./alerts.ts')
    const { agents, minutes, period, seed, share, peers, profile, evaluation } = values
    await benchAlerts({
      agents: Number(agents),
      minutes: Number(minutes),
      periodSeconds: Number(period),
      seed: Number(seed),
      share: Number(share),
      peers,
      evaluationSeconds: Number(evaluation),
      groupWaitSeconds: Number(values['group-wait']),
      ...(profile && { profile }),
    })
  },
  agent: async () => {
    const { benchAgent } = await import('./agent.ts')
    const { benchAgentLogs } = await import('./agent-logs.ts')
    const periodSeconds = Number(values.period)
    if (values.only !== 'logs') await benchAgent({ minutes: Number(values.minutes), periodSeconds })
    await benchAgentLogs({ seconds: 60, periodSeconds })
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
  storage: async () => {
    const { benchStorage, partNamed, STORAGE_HELP } = await import('./storage.ts')
    const { agents, days, runs, url, data, wasm } = values
    const only = values.only === undefined ? undefined : partNamed(values.only)
    if (values.help || only !== values.only) return console.log(STORAGE_HELP)
    await benchStorage({
      agents: Number(agents),
      days: Number(days),
      runs: Number(runs) * 10,
      wasm,
      ...(url !== undefined && { url }),
      ...(data !== undefined && { data }),
      ...(only !== undefined && { only }),
    })
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
