// What becomes of messages without anybody sending them: they are due, or their channel is gone.

import type { NotifyDecision } from './decide.ts'
import type { HeldMessage } from './held.ts'
import type { TenantState } from './state.ts'

export function decideMessages(tenant: TenantState): NotifyDecision[] {
  const { dirty } = tenant.derived
  const decisions: NotifyDecision[] = []
  for (const id of [...dirty.messages].toSorted()) {
    const message = tenant.messages.get(id)
    const decision = message && decideMessage(tenant, message)
    if (decision) decisions.push(decision)
    else dirty.messages.delete(id)
  }
  return decisions
}

function decideMessage({ tenant, channels }: TenantState, message: HeldMessage): NotifyDecision | undefined {
  const { id, phase, due, channel, attempt } = message
  const to = { tenant, aggregate: 'notification', id } as const
  if (phase === 'planned') return { ...to, command: { kind: 'Plan', due }, key: `${id} due` }
  if (channels.has(channel) || phase === 'sending') return undefined
  const command = { kind: 'GiveUp', attempt, reason: 'the channel was deleted', refused: false } as const
  return { ...to, command, key: `${id} given up ${attempt}` }
}
