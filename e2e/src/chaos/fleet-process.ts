// A process of real agents whose hosts are simulated, for the chaos suite. Each writes down, outside its state directory,
// which observation its spool has surely taken: `<epoch> <sequence> <milliseconds>`, one a line.
// usage: fleet-process.ts <first> <agents> <directory> <journals> <api url> <token> <period ms> <spool bytes>

import { mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { startAgent, type RunningAgent } from '@secumon/edge/agent'
import { createLogger } from '@secumon/edge/log'
import type { Sampler } from '@secumon/edge/sampler'
import { createSimulatedHost } from '@secumon/edge/simulator/simulated-host'
import { simulatedObservation } from '@secumon/edge/simulator/simulated-observation'

const [
  first = '0',
  count = '1',
  directory = '.',
  journals = '.',
  apiUrl = '',
  enrolmentToken = '',
  period = '1000',
  spoolBytes = '',
] = process.argv.slice(2)
const periodMs = Number(period)

const FOR_EVER = new Promise<never>(() => undefined)
// After it everything that was measured is still sent, and nothing more is measured.
let isQuiet = false
process.once('SIGUSR2', () => (isQuiet = true))

type Sampled = { readonly atMs: number; readonly lost: number }

// The agent asks for the next sample only after the spool has taken the one before, or has counted it as lost.
function journalling(seed: number, file: number, agent: () => RunningAgent | undefined): Sampler {
  const host = createSimulatedHost({ seed, periodMs, processPeriodMs: 0 })
  let previous: Sampled | undefined
  let isFirst = true
  return {
    sample: async () => {
      const status = agent()?.status()
      if (previous && status?.epoch !== undefined && status.lost === previous.lost)
        writeSync(file, `${status.epoch} ${status.sealed} ${previous.atMs}\n`)
      previous = undefined
      if (isQuiet) await FOR_EVER
      const atMs = Date.now()
      const interval = isFirst ? 0 : periodMs
      isFirst = false
      previous = status?.epoch === undefined ? undefined : { atMs, lost: status.lost }
      return simulatedObservation(host, atMs, interval)
    },
    setPeriods: () => undefined,
  }
}

async function begin(number: number): Promise<RunningAgent> {
  const name = `story-${String(number).padStart(3, '0')}`
  let agent: RunningAgent | undefined
  const journal = openSync(join(journals, `${name}.journal`), 'a')
  agent = await startAgent({
    stateDirectory: join(directory, name),
    apiUrl,
    enrolmentToken,
    name,
    agentVersion: 'story',
    periodMs,
    sampler: journalling(number, journal, () => agent),
    ...(Number(spoolBytes) > 0 && { spoolLimits: { maxBytes: Number(spoolBytes) } }),
    logger: createLogger('warn'),
    timings: { backoffMaxMs: 2_000, stallTimeoutMs: 10_000 },
    environment: {},
  })
  return agent
}

for (const path of [directory, journals]) mkdirSync(path, { recursive: true })
const numbers = Array.from({ length: Number(count) }, (_, i) => Number(first) + i)
const agents = await Promise.all(numbers.map(begin))
process.send?.('ready')
process.once(
  'SIGTERM',
  () => void Promise.all(agents.map((agent) => agent.stop())).then(() => process.exit(0)),
)
