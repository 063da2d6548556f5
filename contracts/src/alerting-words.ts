// The words of alerting: each enum of its contracts as people, files and the HTTP API write it.

import { AcknowledgementEnd, Resolution } from './gen/secumon/v1/alert_pb.ts'
import { MatchOperator } from './gen/secumon/v1/muting_pb.ts'
import { RoundKind, ToldState, UnreachedReason } from './gen/secumon/v1/notification_pb.ts'
import { Aggregation, Comparison, NoDataPolicy, Severity } from './gen/secumon/v1/rule_pb.ts'

/** An enum and its words. */
export type Words<Value extends number, Word extends string> = {
  readonly all: readonly Word[]
  /** Undefined for what this version does not know. */
  word(value: number): Word | undefined
  value(word: Word): Value
}

const words = <Value extends number, Word extends string>(
  values: Readonly<Record<Word, Value>>,
): Words<Value, Word> => {
  const all = Object.keys(values) as Word[]
  const byValue = new Map<number, Word>(all.map((word) => [values[word], word]))
  return { all, word: (value) => byValue.get(value), value: (word) => values[word] }
}

export const SEVERITY = words({
  info: Severity.INFO,
  warning: Severity.WARNING,
  critical: Severity.CRITICAL,
})

export const COMPARISON = words({
  gt: Comparison.GT,
  gte: Comparison.GTE,
  lt: Comparison.LT,
  lte: Comparison.LTE,
  eq: Comparison.EQ,
  ne: Comparison.NE,
})

export const AGGREGATION = words({
  last: Aggregation.LAST,
  avg: Aggregation.AVG,
  max: Aggregation.MAX,
  min: Aggregation.MIN,
  rate: Aggregation.RATE,
})

export const NO_DATA = words({
  ignore: NoDataPolicy.IGNORE,
  alert: NoDataPolicy.ALERT,
  resolve: NoDataPolicy.RESOLVE,
})

export const RESOLUTION = words({
  recovered: Resolution.RECOVERED,
  not_confirmed: Resolution.NOT_CONFIRMED,
  no_data: Resolution.NO_DATA,
  rule_changed: Resolution.RULE_CHANGED,
  agent_retired: Resolution.AGENT_RETIRED,
  out_of_scope: Resolution.OUT_OF_SCOPE,
})

export const ACKNOWLEDGEMENT_END = words({
  taken_back: AcknowledgementEnd.TAKEN_BACK,
  expired: AcknowledgementEnd.EXPIRED,
  changed: AcknowledgementEnd.CHANGED,
})

export const MATCH_OPERATOR = words({
  '=': MatchOperator.EQUAL,
  '!=': MatchOperator.NOT_EQUAL,
  '~': MatchOperator.GLOB,
  '!~': MatchOperator.NOT_GLOB,
})

export const ROUND_KIND = words({
  first: RoundKind.FIRST,
  changed: RoundKind.CHANGED,
  escalated: RoundKind.ESCALATED,
  repeated: RoundKind.REPEATED,
  resolved: RoundKind.RESOLVED,
  acknowledged: RoundKind.ACKNOWLEDGED,
  summary: RoundKind.SUMMARY,
})

export const TOLD_STATE = words({
  firing: ToldState.FIRING,
  acknowledged: ToldState.ACKNOWLEDGED,
  resolved: ToldState.RESOLVED,
})

export const UNREACHED_REASON = words({
  nobody_on_call: UnreachedReason.NOBODY_ON_CALL,
  schedule_gone: UnreachedReason.SCHEDULE_GONE,
  channel_gone: UnreachedReason.CHANNEL_GONE,
})

/**
 * Stages by whose verdict an alert needs nobody's eye: it was said so, it follows from another, or nobody can know. What
 * the other stages mute fires all the same and is to be looked at: that no policy takes it, or that it is night.
 */
export const HUSHING_STAGES: readonly string[] = ['dependency', 'unknown_host', 'maintenance', 'silence']
