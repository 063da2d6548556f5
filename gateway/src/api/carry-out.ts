// Carries out what people want, and waits until it is archived and shows: then the answer can tell what became of it.

import { create } from '@bufbuild/protobuf'
import { ActorSchema } from '@secumon/contracts/gen/envelope'
import type { AggregateRef, Decider } from '@secumon/domain/decider'
import { handle } from '@secumon/infra/eventlog/handle'
import { setTimeout as delay } from 'node:timers/promises'
import type { Principal } from '../auth/principal.ts'
import type { ApiDeps } from './deps.ts'
import { doneBefore, newCommandId, type Once } from './once.ts'

export const VISIBLE_WITHIN_MS = 2_000
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 100

export type CommandDeps = Pick<ApiDeps, 'store' | 'clock' | 'reads'>

export type Order<Command, State> = {
  readonly decider: Decider<Command, State>
  /** Whose aggregate it is; the caller has checked that the principal may change it. */
  readonly tenant: string
  readonly id: string
  readonly command: Command
  /** Another version by now is a conflict. */
  readonly expectedVersion?: number | undefined
  /** Of a request with a key: what it has done it does not do again. */
  readonly once?: Once | undefined
}

export type Carried = { readonly aggregate: AggregateRef; readonly version: number }

/** Decides and appends. @throws Rejected, Failure 422 for a key of another request; nothing was changed by what was refused */
export async function command<Command, State>(
  { store, clock }: CommandDeps,
  { user }: Principal,
  order: Order<Command, State>,
): Promise<Carried> {
  const { decider, tenant, id, command: wanted, expectedVersion, once } = order
  const aggregate = { tenant, aggregate: decider.aggregate, id }
  const done = once && (await doneBefore(store, aggregate, once))
  if (done !== undefined) return { aggregate, version: done }
  const { version } = await handle(store, decider, {
    aggregate,
    command: wanted,
    commandId: newCommandId(once, clock.nowMs()),
    actor: create(ActorSchema, { actor: { case: 'user', value: user.id } }),
    clock,
    ...(expectedVersion !== undefined && { expectedVersion }),
  })
  return { aggregate, version }
}

export type Shown = Carried & { readonly visible: boolean }

/** The same, and whether it shows within 2 s. */
export async function carryOut<Command, State>(
  deps: CommandDeps,
  principal: Principal,
  order: Order<Command, State>,
): Promise<Shown> {
  const carried = await command(deps, principal, order)
  return { ...carried, visible: await becomesVisible(deps, carried) }
}

/** What an earlier request with the key did; undefined where there was none. @throws Failure 422 */
export async function carriedBefore<Command, State>(
  deps: CommandDeps,
  { decider, tenant, id, once }: Omit<Order<Command, State>, 'command'>,
): Promise<Shown | undefined> {
  const aggregate = { tenant, aggregate: decider.aggregate, id }
  const version = once && (await doneBefore(deps.store, aggregate, once))
  if (version === undefined) return undefined
  return { aggregate, version, visible: await becomesVisible(deps, { aggregate, version }) }
}

/** Whether the version is archived and shows within 2 s. */
export async function becomesVisible(
  { reads, clock }: Pick<CommandDeps, 'reads' | 'clock'>,
  { aggregate, version }: Carried,
): Promise<boolean> {
  const untilMs = clock.monotonicMs() + VISIBLE_WITHIN_MS
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if ((await reads.visibleVersion(aggregate)) >= version) return true
    if (clock.monotonicMs() >= untilMs) return false
    await delay(pauseMs)
  }
}

/** The body of a 202. */
export const accepted = ({ aggregate: { aggregate, id }, version }: Carried) => ({
  accepted: true as const,
  position: { aggregate, id, version },
})
