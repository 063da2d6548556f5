// Folds frames and ticks of one shard into the status and headline values of its agents. Pure: the projector loads
// the state and writes what was touched.

import type { Inventory, SystemdUnitSamples } from '@secumon/contracts/gen/observation'
import {
  agentStatus,
  DEAF,
  gatewayHeard,
  plausible,
  ticked,
  type AgentStatus,
  type Hearing,
} from '@secumon/domain/agent-status'
import type { Fact, FrameFact } from '../projector.ts'
import { DEFAULT_PERIOD_MS, glance } from './glance.ts'

/** What is remembered of an agent between batches. */
export type Presence = {
  readonly tenant: string
  readonly agent: string
  receivedMs: number | undefined
  periodMs: number
  status: AgentStatus
  statusSinceMs: number | undefined
  clockOffsetMs: number
}

export type ShardState = { hearing: Hearing; readonly agents: Map<string, Presence> }

export const emptyShard = (): ShardState => ({ hearing: DEAF, agents: new Map() })

export type StatusChange = {
  readonly tenant: string
  readonly agent: string
  readonly atMs: number
  readonly from: AgentStatus
  readonly to: AgentStatus
}

/** What a batch changed: to be written once. */
export type Touched = {
  readonly presences: Set<Presence>
  /** By agent, in order. */
  readonly frames: Map<string, FrameFact[]>
  readonly inventories: Map<string, Inventory>
  readonly units: Map<string, SystemdUnitSamples>
  readonly changes: StatusChange[]
}

/** Folds the batch into the state, in order, so that any split of the log into batches gives the same. */
export function foldShard(state: ShardState, batch: readonly Fact[]): Touched {
  const touched: Touched = {
    presences: new Set(),
    frames: new Map(),
    inventories: new Map(),
    units: new Map(),
    changes: [],
  }
  for (const fact of batch) {
    if (fact.kind === 'frame') foldFrame(state, fact, touched)
    else if (fact.kind === 'tick') foldTick(state, Number(fact.tick.atMs), touched)
    else if (fact.kind === 'gateway')
      state.hearing = gatewayHeard(state.hearing, fact.alive.gateway, Number(fact.alive.atMs))
  }
  return touched
}

function foldFrame(state: ShardState, fact: FrameFact, touched: Touched): void {
  const { tenant, agent, lane } = fact.header
  if (lane !== 'telemetry') return
  const presence = state.agents.get(agent) ?? newcomer(tenant, agent)
  state.agents.set(agent, presence)
  presence.receivedMs = Math.max(presence.receivedMs ?? 0, fact.receivedAtMs)
  presence.clockOffsetMs = fact.clockOffsetMs
  touched.presences.add(presence)
  const frames = touched.frames.get(agent)
  if (frames) frames.push(fact)
  else touched.frames.set(agent, [fact])
  const { periodMs, hasRareBlocks } = glance(fact.bytes)
  presence.periodMs = periodMs
  if (hasRareBlocks) foldRareBlocks(fact, touched)
  setStatus(presence, { to: 'online', atMs: fact.receivedAtMs }, touched)
}

function foldRareBlocks(fact: FrameFact, touched: Touched): void {
  for (const { inventory, systemdUnits } of fact.observations()) {
    if (inventory) touched.inventories.set(fact.header.agent, inventory)
    if (systemdUnits) touched.units.set(fact.header.agent, systemdUnits)
  }
}

function foldTick(state: ShardState, atMs: number, touched: Touched): void {
  state.hearing = ticked(state.hearing, atMs)
  for (const presence of state.agents.values()) {
    boundReceived(state, presence, touched)
    const to = agentStatus(state.hearing, presence.receivedMs, presence.periodMs)
    if (to !== presence.status) setStatus(presence, { to, atMs: state.hearing.tickMs }, touched)
  }
}

// Received before this tick, whatever the clock of a gateway said: else its agent would be there until then.
function boundReceived({ hearing }: ShardState, presence: Presence, touched: Touched): void {
  const { receivedMs } = presence
  if (receivedMs === undefined || hearing.doubtedMs !== undefined) return
  const boundedMs = plausible(hearing, receivedMs)
  if (boundedMs === receivedMs) return
  presence.receivedMs = boundedMs
  touched.presences.add(presence)
}

function setStatus(
  presence: Presence,
  { to, atMs }: { to: AgentStatus; atMs: number },
  touched: Touched,
): void {
  if (presence.status === to) return
  touched.changes.push({ tenant: presence.tenant, agent: presence.agent, atMs, from: presence.status, to })
  presence.status = to
  presence.statusSinceMs = atMs
  touched.presences.add(presence)
}

const newcomer = (tenant: string, agent: string): Presence => ({
  tenant,
  agent,
  receivedMs: undefined,
  periodMs: DEFAULT_PERIOD_MS,
  status: 'pending',
  statusSinceMs: undefined,
  clockOffsetMs: 0,
})
