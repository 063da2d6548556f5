// One shard under test: rules and agents in few words, samples every ten seconds, a gateway that is there unless told
// otherwise, and decisions as short lines.

import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { RESOLUTION } from '@secumon/contracts/alerting-words'
import type { ChainPlace } from '@secumon/contracts/gen/alert'
import { ObservationSchema } from '@secumon/contracts/gen/observation'
import {
  Aggregation,
  Comparison,
  RuleSpecSchema,
  ScopeSchema,
  Severity,
  type ForecastConditionSchema,
  type MetricConditionSchema,
} from '@secumon/contracts/gen/rule'
import { DEAF, gatewayHeard, ticked, type Hearing } from '../agent-status.ts'
import type { AlertSeed, Decision } from '../evaluation/decision.ts'
import { Evaluator } from '../evaluation/evaluator.ts'
import type { JudgedFrame } from '../evaluation/judged-frame.ts'
import type { KnownAgent, RuleInForce, RuleSet } from '../evaluation/rule-set.ts'

export const START_MS = Date.UTC(2026, 0, 5)
export const PERIOD_MS = 10_000
/** The agent of most tests. */
export const WEB = '01JWEB00000000000000000000'

export type Values = MessageInitShape<typeof ObservationSchema>

type Spec = Omit<MessageInitShape<typeof RuleSpecSchema>, '$typeName' | '$unknown'>
type Condition = MessageInitShape<typeof MetricConditionSchema>

/** A rule on a metric: above 90 % of CPU at once, unless told otherwise. */
export const metricRule = (condition: Condition = {}, spec: Spec = {}): RuleInForce =>
  ruleOf({
    condition: {
      case: 'metric',
      value: {
        metric: 'cpu.usage_percent',
        comparison: Comparison.GT,
        threshold: 90,
        aggregation: Aggregation.LAST,
        ...condition,
      },
    },
    ...spec,
  })

const EVERYONE = create(ScopeSchema, { scope: { case: 'everyone', value: {} } })

/** A rule that looks ahead: a disk is full within a day by the line of the last hour, unless told otherwise. */
export const forecastRule = (condition: MessageInitShape<typeof ForecastConditionSchema> = {}): RuleInForce =>
  ruleOf({
    condition: {
      case: 'forecast',
      value: {
        metric: 'disk.usage_percent',
        comparison: Comparison.GT,
        threshold: 95,
        windowMs: 3_600_000,
        horizonMs: 24 * 3_600_000,
        ...condition,
      },
    },
  })

/** A rule of everybody in `main`. */
export const ruleOf = (spec: Spec): RuleInForce => ({
  tenant: 'main',
  id: '01JRULE0000000000000000000',
  version: 1,
  spec: create(RuleSpecSchema, {
    name: 'rule',
    severity: Severity.WARNING,
    scope: EVERYONE,
    ...spec,
  }),
})

export const agentOf = (known: Partial<KnownAgent> = {}): KnownAgent => ({
  tenant: 'main',
  name: 'web-1',
  tags: ['web'],
  retired: false,
  simulated: false,
  ...known,
})

export const ruleSet = (
  rules: readonly RuleInForce[],
  agents: Record<string, KnownAgent> = { [WEB]: agentOf() },
): RuleSet => ({
  rules,
  agents: new Map(Object.entries(agents)),
})

/** Ids that can be read: rule, agent, dimension and place. */
export const readableId = ({ rule, agent, dimension, place, atMs }: AlertSeed): string =>
  [rule, agent, dimension, placeName(place) || atMs].join('|')

const placeName = (place: ChainPlace | undefined): string =>
  place ? `${place.epoch}.${place.sequence}.${place.observation}` : ''

export class Shard {
  readonly evaluator: Evaluator
  hearing: Hearing = DEAF
  readonly #sequences = new Map<string, number>()

  constructor(rules: readonly RuleInForce[] = [metricRule()], agents?: Record<string, KnownAgent>) {
    this.evaluator = new Evaluator({ alertId: readableId })
    this.evaluator.take(ruleSet(rules, agents), { atMs: START_MS, version: 1 })
  }

  /** One observation so many seconds after the start; received at once unless `receivedS` says when. */
  sample(
    atS: number,
    values: Values,
    { agent = WEB, receivedS = atS }: { agent?: string; receivedS?: number } = {},
  ): Decision[] {
    const sequence = (this.#sequences.get(agent) ?? 0) + 1
    this.#sequences.set(agent, sequence)
    return this.evaluator.frame(frameOf({ agent, sequence, atS, receivedS, values }))
  }

  cpu(atS: number, cpuUsagePercent: number, options?: { agent?: string; receivedS?: number }): Decision[] {
    return this.sample(atS, { host: { cpuUsagePercent } }, options)
  }

  /** A tick, with a gateway that said something just before unless the shard is deaf. */
  tick(
    atS: number,
    { deaf = false, readings }: { deaf?: boolean; readings?: Record<string, number> } = {},
  ): Decision[] {
    const atMs = START_MS + atS * 1000
    if (!deaf) this.hearing = gatewayHeard(this.hearing, 'gateway', atMs)
    this.hearing = ticked(this.hearing, atMs)
    return this.evaluator.tick(this.hearing, atMs, new Map(Object.entries(readings ?? {})))
  }
}

type Frame = { agent: string; sequence: number; atS: number; receivedS: number; values: Values }

export const frameOf = ({ agent, sequence, atS, receivedS, values }: Frame): JudgedFrame => {
  const atMs = START_MS + atS * 1000
  const observation = create(ObservationSchema, {
    atMs: BigInt(atMs),
    intervalMs: PERIOD_MS,
    periodMs: PERIOD_MS,
    ...values,
  })
  return {
    agent,
    epoch: 1,
    lane: 1,
    sequence,
    receivedAtMs: START_MS + receivedS * 1000,
    observations: [{ atMs, observation }],
  }
}

/** `Fire`, `Resolve recovered`, with the dimension where there is one and `late` where it is. */
export function told(decisions: readonly Decision[]): string[] {
  return decisions.map(({ command, alert }) => {
    const words: string[] = [command.kind]
    if (command.kind === 'Resolve')
      words.push(RESOLUTION.word(command.resolution)?.replaceAll('_', ' ') ?? '')
    if (command.kind === 'Fire' && command.noData) words.push('no data')
    const [, , dimension] = alert.split('|')
    if (dimension) words.push(dimension)
    if ('evidence' in command && command.evidence.late) words.push('late')
    return words.join(' ')
  })
}
