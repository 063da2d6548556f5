// Rules in a content file: as the API writes them, with the policy by its name.

import type { RuleSpec } from '@secumon/contracts/gen/rule'
import { rule, type RuleCommand, type RuleState } from '@secumon/domain/rule/rule'
import { ruleSpecBody, ruleSpecOf } from '@secumon/gateway/api/alerting/rule-text'
import { RuleSpecBody } from '@secumon/gateway/api/schemas/rule'
import { z } from 'zod'
import { contentKind, type Names } from './content-kind.ts'

const schema = RuleSpecBody.extend({
  enabled: z.boolean().default(true),
  /** By name. */
  escalation_policy: z.string().nullable().default(null),
})
type Text = z.output<typeof schema>

const specOf = (text: Text, names: Names): RuleSpec => {
  const policy = text.escalation_policy
  return ruleSpecOf({ ...text, escalation_policy: policy && names.idOf('policies', policy) })
}

function textOf(state: RuleState, names: Names): Text | undefined {
  if (!state || state.deleted) return undefined
  const { escalation_policy: policy, ...text } = ruleSpecBody(state.spec)
  return { ...text, escalation_policy: policy && names.nameOf('policies', policy), enabled: state.enabled }
}

export const ruleKind = contentKind({
  key: 'rules',
  decider: rule,
  schema,
  durations: ['duration', 'keep_firing', 'no_data.after', 'condition.window', 'condition.horizon'],
  textOf,
  create: (text, { tenant, names }): RuleCommand[] => [
    { kind: 'CreateRule', tenant, spec: specOf(text, names), enabled: text.enabled, builtIn: false },
  ],
  change: (text, _, { tenant, names }): RuleCommand[] => [
    { kind: 'ChangeRule', tenant, spec: specOf(text, names) },
    { kind: text.enabled ? 'EnableRule' : 'DisableRule' },
  ],
})
