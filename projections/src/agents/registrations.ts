// What people say about agents: the part of the fleet read model that EVENTS feeds.

import { ulidToUuid } from '@secumon/contracts/ids'
import type { DomainEvent } from '@secumon/domain/decider'
import { sql, type RawBuilder } from 'kysely'
import type { EnvelopeFact, Fact, GenerationTx } from '../projector.ts'
import { listChanged, type FleetAgent } from './queries.ts'

type Target = { readonly tx: GenerationTx; readonly schema: string }
type Said = { readonly column: RawBuilder<unknown>; readonly kind: string; readonly summary: string }

/** Applies the batch's agent events in order; returns the changed rows by tenant. */
export async function projectRegistrations(
  batch: readonly Fact[],
  target: Target,
): Promise<ReadonlyMap<string, FleetAgent[]>> {
  const changed: { tenant: string; agent: string }[] = []
  for (const fact of batch) {
    if (fact.kind !== 'envelope') continue
    if (fact.aggregate !== 'agent' && fact.aggregate !== 'identity') continue
    for (const { event } of fact.envelope.events)
      if (event.case !== undefined) await apply(fact, event, target)
    changed.push({ tenant: fact.tenant, agent: fact.id })
  }
  return listChanged(target.tx, target.schema, changed)
}

async function apply(fact: EnvelopeFact, event: DomainEvent, { tx, schema }: Target): Promise<void> {
  const said = saidBy(event, fact)
  if (!said) return
  const at = sql.ref(schema)
  const id = ulidToUuid(fact.id)
  await sql`insert into ${at}.agents (agent_id, tenant_id) values (${id}, ${fact.tenant})
    on conflict (agent_id) do nothing`.execute(tx)
  await sql`update ${at}.agents set ${said.column} where agent_id = ${id}`.execute(tx)
  await sql`insert into ${at}.changes (at, tenant_id, agent_id, kind, summary)
    values (${new Date(Number(fact.envelope.atMs))}, ${fact.tenant}, ${id}, ${said.kind}, ${said.summary})`.execute(
    tx,
  )
}

function saidBy(event: DomainEvent, fact: EnvelopeFact): Said | undefined {
  switch (event.case) {
    case 'agentRegistered': {
      const { name, tags, simulated } = event.value
      const enrolledAt = new Date(Number(fact.envelope.atMs))
      const column = sql`name = ${name}, tags = ${tags}, simulated = ${simulated}, enrolled_at = ${enrolledAt}`
      return { column, kind: 'agent_registered', summary: name }
    }
    case 'agentRenamed':
      return { column: sql`name = ${event.value.name}`, kind: 'agent_renamed', summary: event.value.name }
    case 'agentTagged':
      return {
        column: sql`tags = ${event.value.tags}`,
        kind: 'agent_tagged',
        summary: event.value.tags.join(', '),
      }
    case 'agentRetired':
      return { column: sql`retired = true`, kind: 'agent_retired', summary: event.value.reason }
    case 'epochStarted':
      if (event.value.epoch === 1n) return undefined
      return { column: NOTHING, kind: 'epoch_started', summary: String(event.value.epoch) }
    case 'identityRevoked':
      return { column: NOTHING, kind: 'identity_revoked', summary: event.value.reason }
    case 'cloneDetected':
      return { column: NOTHING, kind: 'clone_detected', summary: String(event.value.sequence) }
    default:
      return undefined
  }
}

const NOTHING = sql`retired = retired`
