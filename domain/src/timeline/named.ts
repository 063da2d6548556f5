// Things of a script by their names.

import { channel } from '../channel/channel.ts'
import type { Decider } from '../decider.ts'
import { escalation } from '../escalation/escalation.ts'
import { maintenance } from '../maintenance/maintenance.ts'
import { rule } from '../rule/rule.ts'
import { schedule } from '../schedule/schedule.ts'
import { DEFAULT_TENANT } from '@secumon/contracts/subjects'
import { stateOf, type Held } from './aggregates.ts'
import { TimelineFault } from './fault.ts'
import type { DELETABLE } from './input.ts'
import type { Word } from './words.ts'
import type { World } from './world.ts'

export type NamedThing = (typeof DELETABLE)[number]

type Kind = { readonly aggregate: string; readonly nameOf: (held: Held) => string | undefined }

type Spoken = { readonly spec: { readonly name: string } } & (
  { readonly deleted: boolean } | { readonly cancelled: boolean }
)

const kind = <State extends Spoken | undefined>(decider: Decider<never, State>): Kind => ({
  aggregate: decider.aggregate,
  nameOf: (held) => {
    const state = stateOf(held, decider)
    const isGone = !state || ('deleted' in state ? state.deleted : state.cancelled)
    return isGone ? undefined : state.spec.name
  },
})

const KINDS: Readonly<Record<NamedThing, Kind>> = {
  rule: kind(rule),
  policy: kind(escalation),
  schedule: kind(schedule),
  maintenance: kind(maintenance),
  channel: kind(channel),
}

/** @throws TimelineFault where there is no such thing */
export function named(
  { aggregates }: World,
  thing: NamedThing,
  word: Word,
  tenant: string = DEFAULT_TENANT,
): { readonly id: string } {
  const { aggregate, nameOf } = KINDS[thing]
  const all = aggregates.all(aggregate, tenant)
  const found = all.find((held) => nameOf(held) === word.text)
  if (found) return { id: found.ref.id }
  const names = all.flatMap((held) => nameOf(held) ?? []).join(', ')
  throw new TimelineFault(`there is no ${thing} ${word.text}: there are ${names || 'none'}`, word)
}
