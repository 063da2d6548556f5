// What one shard's evaluator knows of EVENTS: every rule, and the names and tags of the shard's agents. Folded by version
// of the aggregate, so that reading some events again changes nothing.

import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { RuleSpecSchema, type RuleSpec } from '@secumon/contracts/gen/rule'
import { agent as agentDecider, type AgentState } from '@secumon/domain/agent'
import type { DomainEvent } from '@secumon/domain/decider'
import type { RuleSet } from '@secumon/domain/evaluation/rule-set'
import { createHash } from 'node:crypto'

/** `spec` is undefined once the rule is deleted. */
type BookedRule = {
  readonly tenant: string
  readonly id: string
  readonly version: number
  readonly enabled: boolean
  readonly spec: RuleSpec | undefined
}

type BookedAgent = { readonly tenant: string; readonly version: number; readonly state: AgentState }

/** One envelope of a rule or an agent. */
export type BookEntry = {
  /** In EVENTS. */
  readonly position: number
  readonly tenant: string
  readonly aggregate: 'rule' | 'agent'
  readonly id: string
  readonly version: number
  readonly events: readonly DomainEvent[]
}

export type RuleBook = {
  /** By tenant and id: rules that the product brings along have the same ids in every tenant. */
  readonly rules: Map<string, BookedRule>
  readonly agents: Map<string, BookedAgent>
}

export const emptyBook = (): RuleBook => ({ rules: new Map(), agents: new Map() })

const ruleKey = ({ tenant, id }: Pick<BookEntry, 'tenant' | 'id'>): string => `${tenant}/${id}`

/** True when the book has the entry already. */
export const isEntered = ({ rules, agents }: RuleBook, entry: BookEntry): boolean =>
  ((entry.aggregate === 'rule' ? rules.get(ruleKey(entry)) : agents.get(entry.id))?.version ?? 0) >=
  entry.version

/** Enters what happened; what was entered before is left out. */
export function enter(book: RuleBook, entry: BookEntry): void {
  if (isEntered(book, entry)) return
  const { tenant, id, version, events } = entry
  if (entry.aggregate === 'rule') {
    const before = book.rules.get(ruleKey(entry)) ?? { tenant, id, version, enabled: false, spec: undefined }
    book.rules.set(ruleKey(entry), { ...events.reduce(changedRule, before), version })
  } else {
    const state = events.reduce<AgentState>(agentDecider.evolve, book.agents.get(id)?.state)
    book.agents.set(id, { tenant, version, state })
  }
}

function changedRule(rule: BookedRule, event: DomainEvent): BookedRule {
  switch (event.case) {
    case 'ruleCreated':
      return { ...rule, spec: event.value.spec, enabled: event.value.enabled }
    case 'ruleChanged':
      return { ...rule, spec: event.value.spec }
    case 'ruleEnabled':
      return { ...rule, enabled: true }
    case 'ruleDisabled':
      return { ...rule, enabled: false }
    case 'ruleDeleted':
      return { ...rule, spec: undefined, enabled: false }
    default:
      return rule
  }
}

/** What is in force by the book, in order of tenant and id. */
export function ruleSetOf({ rules, agents }: RuleBook): RuleSet {
  const inForce = [...rules.values()].flatMap(({ id, spec, enabled, tenant, version }) =>
    spec && enabled ? [{ tenant, id, version, spec }] : [],
  )
  return {
    rules: inForce.toSorted((a, b) => compare(a.tenant, b.tenant) || compare(a.id, b.id)),
    agents: new Map(
      [...agents].flatMap(([id, { tenant, state }]) => (state ? [[id, { tenant, ...state }] as const] : [])),
    ),
  }
}

/** SHA-256 over tenant, id and version of each rule, as RuleSetActivated says. */
export function rulesHash({ rules }: Pick<RuleSet, 'rules'>): Uint8Array {
  const hash = createHash('sha256')
  for (const { tenant, id, version } of rules) hash.update(`${tenant}\0${id}\0${version}\n`)
  return hash.digest()
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** A book that can be serialized: specifications as protobuf, which other code can still read. */
export type SavedBook = {
  readonly rules: readonly (readonly [string, Omit<BookedRule, 'spec'> & { readonly spec?: Uint8Array }])[]
  readonly agents: readonly (readonly [string, BookedAgent])[]
}

export const saveBook = ({ rules, agents }: RuleBook): SavedBook => ({
  rules: [...rules].map(([id, { spec, ...rule }]) => [
    id,
    { ...rule, ...(spec && { spec: toBinary(RuleSpecSchema, spec) }) },
  ]),
  agents: [...agents],
})

export const restoreBook = ({ rules, agents }: SavedBook): RuleBook => ({
  rules: new Map(
    rules.map(([id, { spec, ...rule }]) => [id, { ...rule, spec: spec && fromBinary(RuleSpecSchema, spec) }]),
  ),
  agents: new Map(agents),
})
