// What a rule would have done: the evaluator itself judges what is stored of one agent. A gateway is taken to have been
// there all the time, for the tables do not know.

import { clone, create } from '@bufbuild/protobuf'
import { EveryoneSchema, RuleSpecSchema, ScopeSchema, type RuleSpec } from '@secumon/contracts/gen/rule'
import { DEAF, gatewayHeard, ticked, type Hearing } from '@secumon/domain/agent-status'
import { Evaluator } from '@secumon/domain/evaluation/evaluator'
import type { KnownAgent, RuleSet } from '@secumon/domain/evaluation/rule-set'
import type { MeasuredObservation } from '@secumon/projections/samples/queries/observations'
import { setImmediate as turn } from 'node:timers/promises'
import { Spans, type Span } from './spans.ts'

export type PreviewedAgent = KnownAgent & { readonly id: string; readonly periodMs: number }

export type Previewing = {
  /** Checked by the domain. */
  readonly spec: RuleSpec
  readonly agent: PreviewedAgent
  readonly measured: readonly MeasuredObservation[]
  readonly toMs: number
}

const TICK_MS = 10_000
/** Observations judged before others get their turn. */
const SLICE = 2_000
const RULE = '00000000000000000000000000'

/** Judges all of it, whomever the rule concerns. */
export async function previewRule({ spec, agent, measured, toMs }: Previewing): Promise<Span[]> {
  const spans = new Spans()
  const evaluator = new Evaluator({ alertId: spans.alertId })
  const first = measured[0]?.atMs ?? toMs
  evaluator.take(ruleSetOf(spec, agent), { atMs: first, version: 1 })
  const clock = new Ticks(evaluator, first, spans)
  for (const [i, { atMs, observation }] of measured.entries()) {
    clock.advance(atMs)
    observation.periodMs = agent.periodMs
    const frame = { tenant: agent.tenant, agent: agent.id, epoch: 1, lane: 1, sequence: i + 1 }
    const observations = [{ atMs, observation }]
    spans.take(evaluator.frame({ ...frame, receivedAtMs: atMs, observations }))
    if (i % SLICE === SLICE - 1) await turn()
  }
  clock.advance(toMs)
  return spans.all()
}

function ruleSetOf(spec: RuleSpec, agent: PreviewedAgent): RuleSet {
  const everywhere = clone(RuleSpecSchema, spec)
  everywhere.scope = create(ScopeSchema, { scope: { case: 'everyone', value: create(EveryoneSchema) } })
  return {
    rules: [{ tenant: agent.tenant, id: RULE, version: 1, spec: everywhere }],
    agents: new Map([[agent.id, agent]]),
  }
}

/** The log's clock beside the samples. */
class Ticks {
  readonly #evaluator: Evaluator
  readonly #spans: Spans
  #hearing: Hearing = DEAF
  #atMs: number

  constructor(evaluator: Evaluator, fromMs: number, spans: Spans) {
    this.#evaluator = evaluator
    this.#spans = spans
    this.#atMs = Math.floor(fromMs / TICK_MS) * TICK_MS
  }

  advance(toMs: number): void {
    for (; this.#atMs < toMs; this.#atMs += TICK_MS) {
      this.#hearing = gatewayHeard(ticked(this.#hearing, this.#atMs), '', this.#atMs)
      this.#spans.take(this.#evaluator.tick(this.#hearing, this.#atMs))
    }
  }
}
