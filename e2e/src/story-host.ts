// The agent of this very machine, as the agent's own program runs it, but with the shortest periods.
// usage: story-host.ts <directory> <api url> <token>

import { hostname } from 'node:os'
import { startAgent } from '@secumon/edge/agent'
import { createCollectors } from '@secumon/edge/collectors/registry'
import { hostClock } from '@secumon/edge/host-clock'
import { createLogger } from '@secumon/edge/log'
import { createSampler, PERIOD_LIMITS } from '@secumon/edge/sampler'

const [stateDirectory = '.', apiUrl = '', enrolmentToken = ''] = process.argv.slice(2)
const [periodMs] = PERIOD_LIMITS.periodMs
const [processPeriodMs] = PERIOD_LIMITS.processPeriodMs
const [, processCount] = PERIOD_LIMITS.processCount
const clock = hostClock()
const collectors = createCollectors({ agentVersion: 'story' })

const agent = await startAgent({
  stateDirectory,
  apiUrl,
  enrolmentToken,
  name: hostname(),
  agentVersion: 'story',
  periodMs,
  sampler: createSampler({ collectors, clock, periodMs, processPeriodMs, processCount }),
  logger: createLogger('warn'),
  clock,
})
process.once('SIGTERM', () => void agent.stop().then(() => process.exit(0)))
