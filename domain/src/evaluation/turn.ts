// One evaluation of one series that changes something, and what is said of it to the alert.

import { create } from '@bufbuild/protobuf'
import {
  AlertOriginSchema,
  EvidenceSchema,
  type AlertOrigin,
  type Evidence,
  type SampleValue,
} from '@secumon/contracts/gen/alert'
import { SEVERITY } from '@secumon/contracts/alerting-words'
import type { AlertCommand } from '../alert/alert.ts'
import type { CompiledRule } from './compiled-rule.ts'
import type { AlertId, Decision } from './decision.ts'
import type { Moment } from './moment.ts'
import type { Active } from './series.ts'
import type { Watched } from './watched.ts'

/** One series. */
export type Subject = {
  readonly rule: CompiledRule
  readonly agent: Pick<Watched, 'id' | 'known'>
  /** Empty for a rule without. */
  readonly dimension: string
}

export type Turn = Subject & {
  readonly moment: Moment
  /** After aggregation; undefined where nothing was measured. */
  readonly value?: number
  /** Those that were aggregated, the newest of them. */
  readonly samples?: () => SampleValue[]
}

/** Takes decisions down, in order. */
export type Desk = { readonly alertId: AlertId; readonly decisions: Decision[] }

/** The id of the alert that begins with this evaluation. */
export function newAlert({ rule, agent, dimension, moment }: Turn, { alertId }: Desk): string {
  const { tenant: ruleTenant, id } = rule.rule
  const { place, atMs } = moment
  return alertId({ ruleTenant, rule: id, agent: agent.id, dimension, place, atMs })
}

/** Takes down a command for the alert of a series. */
export function decide(turn: Turn, { alert }: Active, command: AlertCommand, desk: Desk): void {
  const { place, name } = turn.moment
  const key = `${alert} ${command.kind} ${name}`
  const { tenant } = turn.agent.known
  desk.decisions.push({ tenant, alert, command, key, ...(place && { cause: place }) })
}

export function evidenceOf(turn: Turn, { phase }: Pick<Active, 'phase'>): Evidence {
  const { rule, moment, value, samples } = turn
  return create(EvidenceSchema, {
    ...(moment.place && { sample: moment.place }),
    atMs: BigInt(Math.round(moment.atMs)),
    receivedAtMs: BigInt(Math.round(moment.receivedAtMs)),
    ...(value !== undefined && { value }),
    threshold: levelOf(rule, phase),
    samples: samples?.() ?? [],
    late: moment.late,
    ruleVersion: BigInt(rule.rule.version),
  })
}

// What the value was compared with.
function levelOf({ judge }: CompiledRule, phase: Active['phase']): number {
  if (judge.kind === 'offline') return 0
  return phase === 'firing' ? judge.limit.recovery : judge.limit.threshold
}

/** What an alert of the series says of itself. */
export function originOf({ rule, agent, dimension }: Subject): AlertOrigin {
  const { tenant, id, version, spec } = rule.rule
  const { known } = agent
  return create(AlertOriginSchema, {
    ruleTenant: tenant,
    rule: id,
    ruleVersion: BigInt(version),
    ruleName: spec.name,
    description: spec.description,
    severity: spec.severity,
    agent: agent.id,
    agentName: known.name,
    metric: metricName(rule),
    dimension,
    labels: labelsOf({ rule, agent, dimension }),
    escalationPolicy: spec.escalationPolicy,
    runbookUrl: spec.runbookUrl,
    simulated: known.simulated,
  })
}

// Names, not ids: these are what people write in silences.
function labelsOf({ rule, agent: { known }, dimension }: Subject): Record<string, string> {
  const { spec } = rule.rule
  const labels: Record<string, string> = {
    ...spec.labels,
    severity: SEVERITY.word(spec.severity) ?? '',
    rule: spec.name,
    metric: metricName(rule),
  }
  if (known.name !== '') Object.assign(labels, { agent: known.name, tags: known.tags.join() })
  const kind = rule.judge.kind === 'metric' ? rule.judge.metric.dimension : undefined
  return kind ? { ...labels, [kind]: dimension } : labels
}

/** What an alert of the rule is about: a key of the catalogue, `offline`, or `platform.<metric>`. */
export function metricName({ judge }: CompiledRule): string {
  if (judge.kind === 'metric') return judge.metric.key
  return judge.kind === 'offline' ? 'offline' : `platform.${judge.metric}`
}
