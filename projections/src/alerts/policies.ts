// Escalation policies, as they are written.

import { EscalationPolicySpecSchema, type EscalationPolicySpec } from '@secumon/contracts/gen/escalation'
import { changed, created, written, type Document } from './documents.ts'
import { folded } from './table.ts'

export type PolicyColumns = Document & { readonly place: number }

export const policies = folded<PolicyColumns>({
  table: 'policies',
  aggregate: 'escalation',
  fold(row, said) {
    const { event } = said
    switch (event.case) {
      case 'escalationPolicyCreated': {
        const text = textOf(event.value.spec)
        return text ? { ...created(said, text), ...text } : row
      }
      case 'escalationPolicyChanged':
        return row && { ...row, ...textOf(event.value.spec), ...changed(said) }
      case 'escalationPolicyDeleted':
        return row && { ...row, deleted: true, ...changed(said) }
      default:
        return row
    }
  },
})

function textOf(spec: EscalationPolicySpec | undefined) {
  const text = written(EscalationPolicySpecSchema, spec)
  return spec && text && { ...text, place: spec.order }
}
