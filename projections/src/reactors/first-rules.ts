// Every tenant has the product's own rules from its first agent on, the first tenant and the platform from the first start.
// Each is created once: what somebody changed or deleted stays as they left it.

import { create } from '@bufbuild/protobuf'
import { ActorSchema } from '@secumon/contracts/gen/envelope'
import { DEFAULT_TENANT, EVENTS_STREAM, parseEventSubject, SYSTEM_TENANT } from '@secumon/contracts/subjects'
import type { Clock } from '@secumon/domain/clock'
import type { EventStore } from '@secumon/domain/event-store'
import { defaultRules } from '@secumon/domain/rule/default-rules'
import { rule } from '@secumon/domain/rule/rule'
import type { Database } from '@secumon/infra/database/database'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import { handle } from '@secumon/infra/eventlog/handle'
import type { Lease } from '@secumon/infra/log/lease'
import type { Logger } from 'pino'
import { untilReadable, type ReadableLog } from '../log-readable.ts'
import { resume } from '../resume.ts'
import { commandIdOf } from './command-id.ts'
import { FoldSaver, type Snapshot } from './fold-saver.ts'
import { placeAt, placeBefore } from './places.ts'
import { loadFold } from './saved-fold.ts'

export type FirstRulesOptions = {
  readonly log: ReadableLog
  readonly store: EventStore
  readonly db: Database
  readonly clock: Clock
  readonly logger: Logger
}

export const FIRST_RULES = 'first-rules'
const KEY = { reactor: FIRST_RULES, partition: 0 }
/** Rises with the list of rules, so that tenants that have the others get what is new. */
const CODE_VERSION = 2
const ACTOR = create(ActorSchema, { actor: { case: 'platform', value: 'alerter' } })

/** Looks for new tenants for as long as the lease is held. @throws what ends the term */
export async function createFirstRules(options: FirstRulesOptions, lease: Lease): Promise<void> {
  const { log, db, clock } = options
  const { signal, fence } = lease
  await untilReadable(log, signal)
  if (signal.aborted) return
  const { connectionNumber } = log
  const saved = await loadFold(db, KEY, CODE_VERSION)
  const tenants = new Set<string>(saved ? (JSON.parse(Buffer.from(saved.state).toString()) as string[]) : [])
  const [from] = saved?.places ?? []
  let place = from ? (await resume(log, from)).checkpoint : placeBefore(EVENTS_STREAM, 1)
  for (const tenant of [DEFAULT_TENANT, SYSTEM_TENANT]) await createOnce(options, tenants, tenant)
  const saver = new FoldSaver({ db, key: KEY, codeVersion: CODE_VERSION, fence, clock })
  const take = (): Snapshot => {
    const places = [place]
    const state = [Buffer.from(JSON.stringify([...tenants]))]
    return { further: () => state, places: async () => places }
  }
  const start = place.position + 1
  for await (const messages of log.consume(EVENTS_STREAM, { start, signal, connectionNumber })) {
    for (const tenant of tenantsOf(messages)) await createOnce(options, tenants, tenant)
    const last = messages.at(-1)
    if (last) place = placeAt(place, last, clock.nowMs())
    saver.saveWhenDue(take)
  }
  await saver.saveLast(take)
  await saver.idle()
}

const tenantsOf = (messages: readonly LogMessage[]): Set<string> =>
  new Set(
    messages.flatMap(({ subject }) => {
      const { aggregate, tenant } = parseEventSubject(subject) ?? {}
      return aggregate === 'agent' && tenant !== undefined ? [tenant] : []
    }),
  )

async function createOnce(options: FirstRulesOptions, tenants: Set<string>, tenant: string): Promise<void> {
  if (tenants.has(tenant)) return
  const { store, clock, logger } = options
  for (const { aggregate, command } of defaultRules(tenant)) {
    const commandId = commandIdOf(FIRST_RULES, `${tenant}/${aggregate.id}`)
    await handle(store, rule, { aggregate, command, commandId, actor: ACTOR, clock })
  }
  tenants.add(tenant)
  logger.info({ tenant }, 'the tenant has the first rules')
}
