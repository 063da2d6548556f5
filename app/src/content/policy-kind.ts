// Escalation policies in a content file: as the API writes them, with targets by their names: `channel: Ops`.

import {
  escalation,
  type EscalationCommand,
  type EscalationState,
} from '@secumon/domain/escalation/escalation'
import { policySpecBody, policySpecOf } from '@secumon/gateway/api/alerting/escalation-text'
import { EscalationStepBody, PolicySpecBody } from '@secumon/gateway/api/schemas/escalation'
import { z } from 'zod'
import { contentKind, type Names } from './content-kind.ts'

const target = z.union([z.strictObject({ channel: z.string() }), z.strictObject({ schedule: z.string() })], {
  error: 'a target is { channel: … } or { schedule: … }',
})
const schema = PolicySpecBody.extend({
  steps: z.array(EscalationStepBody.extend({ targets: z.array(target).min(1).max(50) })).max(20),
})
type Text = z.output<typeof schema>

function specOf(text: Text, names: Names) {
  const targetOf = (each: z.output<typeof target>) =>
    'channel' in each
      ? ({ kind: 'channel', channel: names.idOf('channels', each.channel) } as const)
      : ({ kind: 'schedule', schedule: names.idOf('schedules', each.schedule) } as const)
  const steps = text.steps.map(({ delay_ms, targets }) => ({ delay_ms, targets: targets.map(targetOf) }))
  return policySpecOf({ ...text, steps })
}

function textOf(state: EscalationState, names: Names): Text | undefined {
  if (!state || state.deleted) return undefined
  const { steps, ...text } = policySpecBody(state.spec)
  return {
    ...text,
    steps: steps.map(({ delay_ms, targets }) => ({
      delay_ms,
      targets: targets.map((each) =>
        each.kind === 'channel'
          ? { channel: names.nameOf('channels', each.channel) }
          : { schedule: names.nameOf('schedules', each.schedule) },
      ),
    })),
  }
}

export const policyKind = contentKind({
  key: 'policies',
  decider: escalation,
  schema,
  durations: ['group_wait', 'group_interval', 'repeat_interval', 'steps.*.delay'],
  textOf,
  create: (text, { names }): EscalationCommand[] => [{ kind: 'CreatePolicy', spec: specOf(text, names) }],
  change: (text, _, { names }): EscalationCommand[] => [{ kind: 'ChangePolicy', spec: specOf(text, names) }],
})
