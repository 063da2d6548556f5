// The observations of one frame, in order, against every rule that concerns its agent.

import { CLOCK_TOLERANCE_MS } from '../agent-status.ts'
import type { JudgedFrame, JudgedObservation } from './judged-frame.ts'
import { knownAgain } from './judge-known.ts'
import { isQuiet, judgeValue, type Judging, type RuleOfMetric } from './judge-sample.ts'
import { heardAgain } from './judge-status.ts'
import { SampleMoment } from './moment.ts'
import type { ManyReading } from './reading.ts'
import { putSeries, type Series, type Slot } from './series.ts'
import type { Desk } from './turn.ts'
import type { Watched } from './watched.ts'

export function judgeFrame(agent: Watched, frame: JudgedFrame, desk: Desk): void {
  agent.receivedMs = Math.max(agent.receivedMs ?? 0, frame.receivedAtMs)
  frame.observations.forEach((judged, i) => judgeObservation(agent, { frame, judged, i }, desk))
  heardAgain(agent, frame, desk)
  knownAgain(agent, frame, desk)
}

type One = { readonly frame: JudgedFrame; readonly judged: JudgedObservation; readonly i: number }

// What was measured before something that has been judged is for the charts only: it can neither fire nor resolve. A
// sample cannot have been taken after it was received; else one wrong stamp would make all that follow too old.
function judgeObservation(agent: Watched, { frame, judged, i }: One, desk: Desk): void {
  const { observation } = judged
  if (observation.periodMs > 0) agent.periodMs = observation.periodMs
  const atMs = Math.min(judged.atMs, frame.receivedAtMs + CLOCK_TOLERANCE_MS)
  if (atMs < agent.newestMs) return
  agent.newestMs = atMs
  const { metric, rules } = agent.plan
  if (metric.length === 0) return
  const moment = new SampleMoment(frame, i, { atMs, periodMs: agent.periodMs })
  const judging = { agent, moment, intervalMs: observation.intervalMs, desk }
  for (const place of metric) {
    const rule = rules[place]
    if (rule) judgeRule(place, { rule: rule as RuleOfMetric, judged, judging })
  }
}

type RuleTurn = { readonly rule: RuleOfMetric; readonly judged: JudgedObservation; readonly judging: Judging }

function judgeRule(place: number, { rule, judged, judging }: RuleTurn): void {
  const { reading } = rule.judge
  const { observation } = judged
  if (reading.kind === 'many') {
    const values = reading.values(observation)
    if (values) judgeEach(place, { rule, judged, judging, reading, values })
    return
  }
  const raw = reading.value(observation)
  if (raw === undefined) return
  const { slots } = judging.agent
  const series = slots[place]
  if (series instanceof Map || (!series && isQuiet(rule, raw, judging.intervalMs))) return
  slots[place] = judgeValue(rule, { raw, dimension: '', series }, judging)
}

type EachTurn = RuleTurn & { readonly reading: ManyReading; readonly values: readonly number[] }

function judgeEach(place: number, { rule, judged, judging, reading, values }: EachTurn): void {
  const { slots } = judging.agent
  const { isMeant } = rule.judge
  for (let i = 0; i < values.length; i++) {
    const raw = values[i]
    const held = seriesIn(slots[place])
    if (raw === undefined || (!held?.size && isQuiet(rule, raw, judging.intervalMs))) continue
    const dimension = reading.name(judged.observation, i)
    if (isMeant && !isMeant(dimension)) continue
    const series = judgeValue(rule, { raw, dimension, series: held?.get(dimension) }, judging)
    putSeries(slots, place, { dimension, series })
  }
}

const seriesIn = (slot: Slot): Map<string, Series> | undefined => (slot instanceof Map ? slot : undefined)
