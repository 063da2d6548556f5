// What is told by the ticks themselves: whether an agent is there, and what the platform says of itself.

import { agentStatus, LATE_PERIODS, type Hearing } from '../agent-status.ts'
import type { CompiledRule } from './compiled-rule.ts'
import type { JudgedFrame } from './judged-frame.ts'
import { evaluate } from './machine.ts'
import { SampleMoment, tickMoment, type Moment } from './moment.ts'
import { newSeries } from './series.ts'
import type { Desk } from './turn.ts'
import type { Watched } from './watched.ts'

export type TickContext = {
  readonly hearing: Hearing
  readonly tickMs: number
  readonly desk: Desk
}

/** What the platform says of itself, by metric. */
export type PlatformReadings = ReadonlyMap<string, number>

/** Judges whether the agent is there. While we were deaf nothing is decided. */
export function judgeOffline(agent: Watched, { hearing, tickMs, desk }: TickContext): void {
  const { plan, slots } = agent
  if (plan.offline.length === 0) return
  const status = agentStatus(hearing, agent.receivedMs, agent.periodMs)
  if (status === 'unknown' || status === 'pending') return
  const holds = status === 'offline'
  const moment = tickMoment(tickMs)
  for (const place of plan.offline)
    if (holds || slots[place]) judgeStatus(agent, place, { holds, moment, desk })
}

/** A frame ends the silence at once, without waiting for a tick. */
export function heardAgain(agent: Watched, frame: JudgedFrame, desk: Desk): void {
  const { plan, slots, periodMs } = agent
  for (const place of plan.offline) {
    const slot = slots[place]
    if (!slot || slot instanceof Map || slot.active?.phase === 'idle') continue
    const moment = new SampleMoment(frame, 0, { atMs: frame.receivedAtMs, periodMs })
    judgeStatus(agent, place, { holds: false, moment, desk })
  }
}

export function judgePlatform(platform: Watched, readings: PlatformReadings, context: TickContext): void {
  const { plan, slots } = platform
  for (const place of plan.platform) {
    const rule = plan.rules[place]
    if (rule?.judge.kind !== 'platform') continue
    const value = readings.get(rule.judge.metric)
    if (value === undefined || !Number.isFinite(value)) continue
    const holds = rule.judge.limit.compare(value, rule.judge.limit.threshold)
    const moment = tickMoment(context.tickMs)
    if (holds || slots[place]) judgeStatus(platform, place, { ...context, holds, moment, value })
  }
}

type Status = {
  readonly holds: boolean
  readonly moment: Moment
  readonly desk: Desk
  readonly value?: number
}

// Ticks come more often than an agent can be lost and found again: to flapping, an evaluation takes as long as being lost.
function judgeStatus(agent: Watched, place: number, { holds, moment, desk, value }: Status): void {
  const rule: CompiledRule | undefined = agent.plan.rules[place]
  if (!rule) return
  const slot = agent.slots[place]
  const series = slot && !(slot instanceof Map) ? slot : newSeries(moment.atMs)
  const counts = moment.atMs - series.heardMs >= LATE_PERIODS * agent.periodMs
  if (counts) series.heardMs = moment.atMs
  const turn = { rule, agent, dimension: '', moment, ...(value !== undefined && { value }) }
  series.active = evaluate(series.active, turn, { verdict: { holds, breakMs: Infinity, counts }, desk })
  agent.slots[place] = series.active ? series : undefined
}
