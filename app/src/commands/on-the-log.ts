// How a command line carries out what somebody at a terminal wants: through the same loop as the API, as the platform's own
// act, named after the command.

import { create } from '@bufbuild/protobuf'
import { ActorSchema } from '@secumon/contracts/gen/envelope'
import type { Decider } from '@secumon/domain/decider'
import { handle, type Handled } from '@secumon/infra/eventlog/handle'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { newUlid } from '@secumon/infra/vault/vault-database'
import type { Platform } from '../platform.ts'

/** Carries out one command on one aggregate. @throws Rejected */
export type CarryOut = <Command, State>(
  decider: Decider<Command, State>,
  id: string,
  command: Command,
) => Promise<Handled>

/** On things of one tenant. @param by the name of the command, kept as who did it */
export async function onTheLog(
  platform: Platform,
  { tenant, by }: { readonly tenant: string; readonly by: string },
): Promise<CarryOut> {
  const { clock } = platform
  const store = jetStreamEventStore(await platform.log(), await platform.keys())
  const actor = create(ActorSchema, { actor: { case: 'platform', value: by } })
  return (decider, id, command) => {
    const aggregate = { tenant, aggregate: decider.aggregate, id }
    return handle(store, decider, { aggregate, command, commandId: newUlid(clock.nowMs()), actor, clock })
  }
}
