// Carries out what people change of an agent.

import { agent, type AgentCommand } from '@secumon/domain/agent'
import type { z } from 'zod'
import type { Principal } from '../auth/principal.ts'
import { becomesVisible, command, type Carried, type CommandDeps } from './carry-out.ts'
import type { AgentPatch } from './schemas/agent.ts'

export type Change = { readonly id: string; readonly patch: z.output<typeof AgentPatch> }

export type Changed = Carried & { readonly visible: boolean }

/** @throws Rejected `invalid`, `conflict`, `unavailable`; nothing was changed by what was refused */
export async function changeAgent(
  deps: CommandDeps,
  principal: Principal,
  { id, patch }: Change,
): Promise<Changed> {
  const { tenant } = principal.scope
  let carried: Carried = { aggregate: { tenant, aggregate: agent.aggregate, id }, version: 0 }
  for (const wanted of commandsOf(patch)) {
    const { aggregate, version } = await command(deps, principal, {
      decider: agent,
      tenant,
      id,
      command: wanted,
    })
    carried = { aggregate, version: Math.max(version, carried.version) }
  }
  return { ...carried, visible: await becomesVisible(deps, carried) }
}

// Tags first: a name is checked before it comes here, a tag can still be refused.
function commandsOf({ name, tags }: z.output<typeof AgentPatch>): AgentCommand[] {
  const commands: AgentCommand[] = []
  if (tags !== undefined) commands.push({ kind: 'TagAgent', tags })
  if (name !== undefined) commands.push({ kind: 'RenameAgent', name })
  return commands
}
