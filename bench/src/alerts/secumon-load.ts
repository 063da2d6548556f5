// A load process: simulated agents with real keys and frames on the real protocol, whose values cross as planned.

import { runFleet } from '@secumon/app/load/fleet'
import { createLogger } from '@secumon/edge/log'
import { Crossings } from './crossings.ts'
import { planOf, tellMoment, whenTold, type LoadPlan } from './load-words.ts'

export type SecumonLoadPlan = LoadPlan & {
  readonly apiUrl: string
  readonly token: string
  readonly stateDirectory: string
}

const plan = planOf<SecumonLoadPlan>()
const crossings = new Crossings(plan, tellMoment)
await runFleet({
  ...plan,
  periodMs: plan.periodSeconds * 1_000,
  frames: plan.ticks,
  ticksPerFrame: 1,
  processes: false,
  logger: createLogger('warn'),
  adjust: (agent, observation) => crossings.adjust(agent, observation),
  whenEnrolled: whenTold,
  signal: new AbortController().signal,
})
process.disconnect()
