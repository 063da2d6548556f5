// Series that nothing is heard of any more: each rule has its policy for them. While no gateway was there to hear, silence
// says nothing and nothing is decided.

import { Resolution } from '@secumon/contracts/gen/alert'
import { NoDataPolicy } from '@secumon/contracts/gen/rule'
import { CLOCK_TOLERANCE_MS, LATE_PERIODS, unheardMs } from '../agent-status.ts'
import { cadenceMs, type RuleOfMetric } from './judge-sample.ts'
import type { TickContext } from './judge-status.ts'
import { endAlert, fireWithoutData } from './machine.ts'
import { tickMoment } from './moment.ts'
import { newActive, type Series } from './series.ts'
import type { Turn } from './turn.ts'
import type { Watched } from './watched.ts'

/** A mount, process … that its agent does not speak of any more for so long is gone. */
export const GONE_MS = 5 * 60_000

/**
 * What stands before this tick in the log was not measured or received after it, whatever the clock of a gateway said: or
 * the agent would count as heard, and what it measures as old, until that time comes.
 */
export function boundTimes(agent: Watched, { hearing, tickMs }: TickContext): void {
  if (hearing.doubtedMs !== undefined) return
  const latestMs = tickMs + CLOCK_TOLERANCE_MS
  if (agent.receivedMs !== undefined && agent.receivedMs > latestMs) agent.receivedMs = tickMs
  if (agent.newestMs > latestMs) agent.newestMs = tickMs
}

/** Judges the series of an agent that are silent. Ask `canHear` first. */
export function judgeSilence(agent: Watched, context: TickContext): void {
  const { plan, slots } = agent
  for (const place of plan.metric) {
    const slot = slots[place]
    const rule = plan.rules[place]
    if (!slot || !rule) continue
    const silence = { agent, rule: rule as RuleOfMetric, context }
    if (!(slot instanceof Map)) slots[place] = stays(slot, '', silence) ? slot : undefined
    else {
      for (const [dimension, series] of slot) if (!stays(series, dimension, silence)) slot.delete(dimension)
      if (slot.size === 0) slots[place] = undefined
    }
  }
}

type Silence = { readonly agent: Watched; readonly rule: RuleOfMetric; readonly context: TickContext }

/** False when nothing of the series has to be remembered any more. */
function stays(series: Series, dimension: string, silence: Silence): boolean {
  const { agent, rule, context } = silence
  if (series.heardMs > context.tickMs + CLOCK_TOLERANCE_MS) series.heardMs = context.tickMs
  const silentMs = unheardMs(context.hearing, series.heardMs)
  if (silentMs <= LATE_PERIODS * cadenceMs(rule.judge, agent)) return true
  const turn = { rule, agent, dimension, moment: tickMoment(context.tickMs) }
  if (rule.silence === NoDataPolicy.ALERT) {
    if (silentMs > rule.silenceMs) alertSilence(series, turn, context)
    return true
  }
  if (!series.active) return silentMs <= keptMs(rule)
  if (!endsIt(silentMs, silence)) return true
  endAlert(series.active, turn, { resolution: Resolution.NO_DATA, desk: context.desk })
  return false
}

// A process that is gone does not come back: another one has another pid.
const keptMs = ({ judge }: RuleOfMetric): number =>
  judge.metric.dimension === 'process' ? GONE_MS : Math.max(judge.windowMs, GONE_MS)

// Ignored, a host that is silent leaves its alerts as they are; what is gone from a host that is there takes its alert along.
function endsIt(silentMs: number, { agent, rule, context }: Silence): boolean {
  if (rule.silence === NoDataPolicy.RESOLVE) return silentMs > rule.silenceMs
  const isHostHeard = unheardMs(context.hearing, agent.receivedMs ?? 0) <= LATE_PERIODS * agent.periodMs
  return isHostHeard && silentMs > GONE_MS
}

function alertSilence(series: Series, turn: Turn, { desk }: TickContext): void {
  if (series.active?.told === 'firing') return
  series.active ??= newActive(turn.moment.atMs)
  fireWithoutData(series.active, turn, desk)
}
