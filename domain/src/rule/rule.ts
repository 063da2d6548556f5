// Aggregate `rule`: when something is wrong. What it says is checked before it is taken, so that a rule in force can work.

import { create, equals } from '@bufbuild/protobuf'
import {
  RuleChangedSchema,
  RuleCreatedSchema,
  RuleDeletedSchema,
  RuleDisabledSchema,
  RuleEnabledSchema,
  RuleSpecSchema,
  type RuleSpec,
} from '@secumon/contracts/gen/rule'
import type { Decider, DomainEvent } from '../decider.ts'
import { Rejected } from '../rejected.ts'
import { validRule } from './validate.ts'

export type Rule = {
  readonly spec: RuleSpec
  readonly enabled: boolean
  readonly builtIn: boolean
  readonly deleted: boolean
}

export type RuleState = Rule | undefined

/** `tenant` is the rule's own: some conditions belong to the platform. */
export type RuleCommand =
  | {
      readonly kind: 'CreateRule'
      readonly tenant: string
      readonly spec: RuleSpec
      readonly enabled: boolean
      /** The product brings it along: creating it again changes nothing, whatever became of it. */
      readonly builtIn: boolean
    }
  | { readonly kind: 'ChangeRule'; readonly tenant: string; readonly spec: RuleSpec }
  | { readonly kind: 'EnableRule' }
  | { readonly kind: 'DisableRule' }
  | { readonly kind: 'DeleteRule' }

export const rule: Decider<RuleCommand, RuleState> = {
  aggregate: 'rule',
  initial: undefined,
  decide(command, state) {
    switch (command.kind) {
      case 'CreateRule':
        return createRule(command, state)
      case 'ChangeRule':
        return change(command, existing(state))
      case 'EnableRule':
        return existing(state).enabled ? [] : [{ case: 'ruleEnabled', value: create(RuleEnabledSchema) }]
      case 'DisableRule':
        return existing(state).enabled ? [{ case: 'ruleDisabled', value: create(RuleDisabledSchema) }] : []
      case 'DeleteRule':
        return deleteRule(state)
    }
  },
  evolve(state, event) {
    if (event.case === 'ruleCreated') {
      const { spec, enabled, builtIn } = event.value
      return { spec: spec ?? create(RuleSpecSchema), enabled, builtIn, deleted: false }
    }
    return state && evolveRule(state, event)
  },
}

function evolveRule(state: Rule, event: DomainEvent): Rule {
  switch (event.case) {
    case 'ruleChanged':
      return { ...state, spec: event.value.spec ?? state.spec }
    case 'ruleEnabled':
      return { ...state, enabled: true }
    case 'ruleDisabled':
      return { ...state, enabled: false }
    case 'ruleDeleted':
      return { ...state, deleted: true }
    default:
      return state
  }
}

type Create = Extract<RuleCommand, { kind: 'CreateRule' }>

function createRule({ tenant, spec: wanted, enabled, builtIn }: Create, state: RuleState): DomainEvent[] {
  if (state && builtIn) return []
  const spec = validRule(wanted, tenant)
  if (!state) return [{ case: 'ruleCreated', value: create(RuleCreatedSchema, { spec, enabled, builtIn }) }]
  const isSame = !state.deleted && state.enabled === enabled && equals(RuleSpecSchema, state.spec, spec)
  if (isSame) return []
  throw new Rejected('already_exists', state.deleted ? 'the rule was deleted' : 'there is such a rule')
}

function change(
  { tenant, spec: wanted }: Extract<RuleCommand, { kind: 'ChangeRule' }>,
  state: Rule,
): DomainEvent[] {
  const spec = validRule(wanted, tenant)
  if (equals(RuleSpecSchema, state.spec, spec)) return []
  return [{ case: 'ruleChanged', value: create(RuleChangedSchema, { spec }) }]
}

function deleteRule(state: RuleState): DomainEvent[] {
  if (!state) throw unknown()
  return state.deleted ? [] : [{ case: 'ruleDeleted', value: create(RuleDeletedSchema) }]
}

function existing(state: RuleState): Rule {
  if (!state || state.deleted) throw unknown()
  return state
}

const unknown = (): Rejected => new Rejected('not_found', 'no such rule')
