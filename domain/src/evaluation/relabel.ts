// Alerts that are open while their agent or rule gets other names, tags or labels: they are told, so that silences and people
// find them by what they are called now.

import type { AlertOrigin } from '@secumon/contracts/gen/alert'
import { isCalledAlike } from '../alert/called-alike.ts'
import type { CompiledRule } from './compiled-rule.ts'
import type { Moment } from './moment.ts'
import type { KnownAgent } from './rule-set.ts'
import { eachSeries, type Active } from './series.ts'
import { decide, originOf, type Desk, type Turn } from './turn.ts'
import type { Watched } from './watched.ts'

/** What alerts of a rule on an agent were called after. */
export type Naming = { readonly rule: CompiledRule; readonly known: KnownAgent }

export type Relabelling = { readonly was: Naming; readonly moment: Moment; readonly desk: Desk }

/** Tells the open alerts of one rule of the agent's plan what they are called, where that has changed. */
export function relabelAlerts(agent: Watched, place: number, { was, moment, desk }: Relabelling): void {
  const rule = agent.plan.rules[place]
  if (!rule || isSame(was, { rule, known: agent.known })) return
  const before = { rule: was.rule, agent: { id: agent.id, known: was.known } }
  eachSeries(agent.slots[place], ({ active }, dimension) => {
    if (!active || active.told === 'idle') return
    relabel(active, originOf({ ...before, dimension }), { turn: { rule, agent, dimension, moment }, desk })
  })
}

/** Tells an open alert what it is called. @param told what it says of itself so far */
export function relabel(
  active: Active,
  told: AlertOrigin,
  { turn, desk }: { readonly turn: Turn; readonly desk: Desk },
): void {
  const origin = originOf(turn)
  if (!isCalledAlike(told, origin)) decide(turn, active, { kind: 'Relabel', origin }, desk)
}

const isSame = (a: Naming, b: Naming): boolean =>
  a.rule.rule.spec === b.rule.rule.spec &&
  a.known.name === b.known.name &&
  a.known.tags.join() === b.known.tags.join()
