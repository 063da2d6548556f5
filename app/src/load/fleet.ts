// A fleet of simulated agents in one process: for demos, load tests and stories. Everything but the measuring is real.

import { mkdir } from 'node:fs/promises'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { Observation } from '@secumon/contracts/gen/observation'
import { hostClock, type HostClock } from '@secumon/edge/host-clock'
import type { EdgeLogger } from '@secumon/edge/log'
import { fleetSecret, readPlaces, writePlaces } from './fleet-state.ts'
import { recruit, type Membership, type Recruitment } from './membership.ts'
import { SimulatedAgent } from './simulated-agent.ts'

export type FleetOptions = {
  readonly agents: number
  /** Between an agent's ticks; 0: as fast as the log takes them. */
  readonly periodMs: number
  readonly ticksPerFrame: number
  /** Process lists once a minute, as real hosts send them. */
  readonly processes: boolean
  /** Changes what a host is said to measure before it is signed. @param agent by its number, from 0 */
  readonly adjust?: (agent: number, observation: Observation) => void
  readonly apiUrl: string
  /** Good for at least as many agents as are not enrolled yet. */
  readonly token: string
  readonly seed: number
  /** Where the fleet's secret and the places of its chains are kept. */
  readonly stateDirectory: string
  readonly logger: EdgeLogger
  /** Frames of each agent; absent: until stopped. */
  readonly frames?: number
  /** Awaited when all agents are enrolled and before the first tick. */
  readonly whenEnrolled?: () => Promise<void>
  readonly signal: AbortSignal
}

export type FleetResult = { readonly frames: number; readonly ticks: number; readonly seconds: number }

/** Enrolments under way at once. */
const RECRUITERS = 16
/** At full speed: frames of one agent sealed and not yet in the log. */
const AHEAD = 48
/** Simulated time between ticks at full speed. */
const FULL_SPEED_INTERVAL_MS = 10_000
const TURN_MS = 20
const DRAIN_MS = 1_500

/** Runs the fleet until the signal aborts or every agent has had its frames accepted. */
export async function runFleet(options: FleetOptions): Promise<FleetResult> {
  const { stateDirectory, signal } = options
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
  const clock = hostClock()
  const members = await recruitAll(options, { ...options, secret: await fleetSecret(stateDirectory), signal })
  const places = await readPlaces(stateDirectory)
  await options.whenEnrolled?.()
  const agents = members.map((membership, i) => {
    const place = places.get(membership.chain.agent)
    const head = place?.epoch === membership.chain.epoch ? place.head : undefined
    const { adjust, ...common } = options
    const own = adjust && { adjust: (observation: Observation) => adjust(i, observation) }
    return new SimulatedAgent({ ...common, ...own, membership, head, seed: options.seed + i, clock })
  })
  const started = performance.now()
  try {
    await (options.periodMs > 0 ? paced(agents, options, clock) : atFullSpeed(agents, options, clock))
  } finally {
    await drained(agents)
    await writePlaces(stateDirectory, placesOf(agents))
    await Promise.all(agents.map((agent) => agent.stop()))
  }
  const frames = agents.reduce((sum, agent) => sum + agent.sealed, 0)
  return { frames, ticks: frames * options.ticksPerFrame, seconds: (performance.now() - started) / 1_000 }
}

async function recruitAll(options: FleetOptions, recruitment: Recruitment): Promise<Membership[]> {
  const members: Membership[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < options.agents) {
      const i = next++
      members[i] = await recruit(recruitment, i)
    }
  }
  await Promise.all(Array.from({ length: RECRUITERS }, work))
  return members
}

// Agents tick at evenly spread phases of the period.
async function paced(
  agents: readonly SimulatedAgent[],
  options: FleetOptions,
  clock: HostClock,
): Promise<void> {
  const { periodMs, signal, frames } = options
  const started = clock.monotonicMs()
  const ticks = agents.map(() => 0)
  const dueMs = (i: number) => started + ((ticks[i] ?? 0) + i / agents.length) * periodMs
  while (!signal.aborted && !isDone(agents, frames)) {
    const now = clock.monotonicMs()
    for (const [i, agent] of agents.entries()) {
      if (dueMs(i) > now || agent.sealed >= (frames ?? Infinity)) continue
      agent.tick(Math.round(clock.nowMs()), ticks[i] === 0 ? 0 : periodMs)
      ticks[i] = (ticks[i] ?? 0) + 1
    }
    await sleep(TURN_MS, undefined, { signal }).catch(() => undefined)
  }
}

// Ticks are ten simulated seconds apart and end now, as a backlog's would.
async function atFullSpeed(
  agents: readonly SimulatedAgent[],
  options: FleetOptions,
  clock: HostClock,
): Promise<void> {
  const { signal, ticksPerFrame, frames = Infinity } = options
  const spanMs = Math.min(frames, 8_640) * ticksPerFrame * FULL_SPEED_INTERVAL_MS
  let atMs = Math.round(clock.nowMs()) - spanMs
  const atOf = agents.map(() => atMs)
  while (!signal.aborted && !isDone(agents, options.frames)) {
    for (const [i, agent] of agents.entries())
      while (agent.underway < AHEAD && agent.sealed < frames) {
        atMs = (atOf[i] ?? atMs) + FULL_SPEED_INTERVAL_MS
        atOf[i] = atMs
        agent.tick(atMs, FULL_SPEED_INTERVAL_MS)
        if (agent.underway % 8 === 0) await setImmediate()
      }
    await sleep(1)
  }
}

// What is under way when the fleet stops is mostly accepted a moment later.
async function drained(agents: readonly SimulatedAgent[]): Promise<void> {
  const deadline = performance.now() + DRAIN_MS
  while (performance.now() < deadline && agents.some((agent) => agent.underway > 0)) await sleep(TURN_MS)
}

// Only a chain whose every frame is in the log can go on from its head.
const placesOf = (agents: readonly SimulatedAgent[]) =>
  new Map(agents.filter(({ underway }) => underway === 0).map(({ id, place }) => [id, place]))

const isDone = (agents: readonly SimulatedAgent[], frames: number | undefined): boolean =>
  frames !== undefined && agents.every((agent) => agent.sealed >= frames && agent.underway === 0)
