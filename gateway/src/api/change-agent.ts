// Carries out what people change of an agent, and waits until it is archived and shows.

import { create } from '@bufbuild/protobuf'
import { ActorSchema } from '@secumon/contracts/gen/envelope'
import { agent, type AgentCommand } from '@secumon/domain/agent'
import { handle } from '@secumon/infra/eventlog/handle'
import { newUlid } from '@secumon/infra/vault/vault-database'
import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import type { Principal } from '../auth/principal.ts'
import type { ApiDeps } from './deps.ts'
import type { AgentPatch } from './schemas/agent.ts'

export const VISIBLE_WITHIN_MS = 2_000
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 100

export type ChangeDeps = Pick<ApiDeps, 'store' | 'clock' | 'reads'>

export type Change = { readonly id: string; readonly patch: z.output<typeof AgentPatch> }

export type Changed = { readonly version: number; readonly visible: boolean }

/** @throws Rejected `invalid`, `conflict`, `unavailable`; nothing was changed by what was refused */
export async function changeAgent(deps: ChangeDeps, principal: Principal, change: Change): Promise<Changed> {
  let version = 0
  for (const command of commandsOf(change.patch))
    version = Math.max(version, await carryOut(deps, principal, { id: change.id, command }))
  return { version, visible: await becomesVisible(deps, principal, { id: change.id, version }) }
}

// Tags first: a name is checked before it comes here, a tag can still be refused.
function commandsOf({ name, tags }: z.output<typeof AgentPatch>): AgentCommand[] {
  const commands: AgentCommand[] = []
  if (tags !== undefined) commands.push({ kind: 'TagAgent', tags })
  if (name !== undefined) commands.push({ kind: 'RenameAgent', name })
  return commands
}

type Command = { readonly id: string; readonly command: AgentCommand }

async function carryOut(
  { store, clock }: ChangeDeps,
  { scope, user }: Principal,
  { id, command }: Command,
): Promise<number> {
  const { version } = await handle(store, agent, {
    aggregate: { tenant: scope.tenant, aggregate: agent.aggregate, id },
    command,
    commandId: newUlid(clock.nowMs()),
    actor: create(ActorSchema, { actor: { case: 'user', value: user.id } }),
    clock,
  })
  return version
}

type Awaited = { readonly id: string; readonly version: number }

async function becomesVisible(
  { reads, clock }: ChangeDeps,
  { scope }: Principal,
  { id, version }: Awaited,
): Promise<boolean> {
  const untilMs = clock.monotonicMs() + VISIBLE_WITHIN_MS
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if ((await reads.visibleVersion(scope, id)) >= version) return true
    if (clock.monotonicMs() >= untilMs) return false
    await delay(pauseMs)
  }
}
