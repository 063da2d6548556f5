// A process of real agents (spool on disk, uplink, keys) whose hosts are simulated. Each writes down what its spool has
// surely taken, so that a story can ask for exactly that afterwards. Kill it as you like and start it again.
// usage: story-fleet.ts <agents> <directory> <api url> <token> [<how names begin>] [<period ms>]

import { mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { startAgent } from '@secumon/edge/agent'
import { createLogger } from '@secumon/edge/log'
import type { Sampler } from '@secumon/edge/sampler'
import { createSimulatedHost } from '@secumon/edge/simulator/simulated-host'
import { simulatedObservation } from '@secumon/edge/simulator/simulated-observation'

const [count = '1', directory = '.', apiUrl = '', enrolmentToken = '', prefix = 'story', period = '1000'] =
  process.argv.slice(2)
const PERIOD_MS = Number(period)

// The agent asks for the next sample only after the spool has taken the one before.
function journalling(seed: number, file: number): Sampler {
  const host = createSimulatedHost({ seed, periodMs: PERIOD_MS, processPeriodMs: 0 })
  let previous: number | undefined
  return {
    sample: async () => {
      if (previous !== undefined) writeSync(file, `${previous}\n`)
      const interval = previous === undefined ? 0 : PERIOD_MS
      previous = Date.now()
      return simulatedObservation(host, previous, interval)
    },
    setPeriods: () => undefined,
  }
}

mkdirSync(directory, { recursive: true })
const agents = await Promise.all(
  Array.from({ length: Number(count) }, async (_, i) => {
    const name = `${prefix}-${String(i).padStart(3, '0')}`
    return startAgent({
      stateDirectory: join(directory, name),
      apiUrl,
      enrolmentToken,
      name,
      agentVersion: 'story',
      periodMs: PERIOD_MS,
      sampler: journalling(i, openSync(join(directory, `${name}.journal`), 'a')),
      logger: createLogger('warn'),
      timings: { backoffMaxMs: 2_000, stallTimeoutMs: 10_000 },
      environment: {},
    })
  }),
)
process.send?.('ready')
process.once(
  'SIGTERM',
  () => void Promise.all(agents.map((agent) => agent.stop())).then(() => process.exit(0)),
)
