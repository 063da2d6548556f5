// Aggregate `escalation`: a policy of who is told, in which order and how often.

import { create, equals } from '@bufbuild/protobuf'
import {
  EscalationPolicyChangedSchema,
  EscalationPolicyCreatedSchema,
  EscalationPolicyDeletedSchema,
  EscalationPolicySpecSchema,
  type EscalationPolicySpec,
} from '@secumon/contracts/gen/escalation'
import type { Decider } from '../decider.ts'
import { Rejected } from '../rejected.ts'
import { validPolicy } from './validate.ts'

export type EscalationPolicy = { readonly spec: EscalationPolicySpec; readonly deleted: boolean }

export type EscalationState = EscalationPolicy | undefined

export type EscalationCommand =
  | { readonly kind: 'CreatePolicy'; readonly spec: EscalationPolicySpec }
  | { readonly kind: 'ChangePolicy'; readonly spec: EscalationPolicySpec }
  | { readonly kind: 'DeletePolicy' }

export const escalation: Decider<EscalationCommand, EscalationState> = {
  aggregate: 'escalation',
  initial: undefined,
  decide(command, state) {
    if (command.kind === 'CreatePolicy') {
      const spec = validPolicy(command.spec)
      if (!state)
        return [{ case: 'escalationPolicyCreated', value: create(EscalationPolicyCreatedSchema, { spec }) }]
      if (!state.deleted && equals(EscalationPolicySpecSchema, state.spec, spec)) return []
      throw new Rejected('already_exists', 'there is such an escalation policy')
    }
    if (!state) throw new Rejected('not_found', 'no such escalation policy')
    if (command.kind === 'DeletePolicy')
      return state.deleted
        ? []
        : [{ case: 'escalationPolicyDeleted', value: create(EscalationPolicyDeletedSchema) }]
    if (state.deleted) throw new Rejected('not_found', 'the escalation policy was deleted')
    const spec = validPolicy(command.spec)
    if (equals(EscalationPolicySpecSchema, state.spec, spec)) return []
    return [{ case: 'escalationPolicyChanged', value: create(EscalationPolicyChangedSchema, { spec }) }]
  },
  evolve(state, event) {
    switch (event.case) {
      case 'escalationPolicyCreated':
        return { spec: event.value.spec ?? create(EscalationPolicySpecSchema), deleted: false }
      case 'escalationPolicyChanged':
        return state && { ...state, spec: event.value.spec ?? state.spec }
      case 'escalationPolicyDeleted':
        return state && { ...state, deleted: true }
      default:
        return state
    }
  },
}
