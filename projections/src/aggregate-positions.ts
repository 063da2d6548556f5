// aggregate_position: the book of EVENTS. Each aggregate's envelopes are taken once and in order of their version; the
// same version from another command is a fork.

import { sql } from 'kysely'
import { noAdmission, type Admission, type PlatformTx, type PositionBook } from './admission.ts'
import { BoundedMap } from './bounded-map.ts'
import type { Projection } from './lane-positions.ts'
import type { EnvelopeFact, Fact } from './projector.ts'

const REMEMBERED = 20_000

type Taken = { readonly tenant: string; readonly aggregate: string; readonly id: string } & {
  readonly version: number
  readonly commandId: string
}

/** A book for the envelopes of EVENTS. */
export function aggregatePositions({ projection, version }: Projection): PositionBook {
  const confirmed = new BoundedMap<string, Taken>(REMEMBERED)
  let pending = new Map<string, Taken>()

  async function load(tx: PlatformTx, facts: readonly EnvelopeFact[]): Promise<Map<string, Taken>> {
    const positions = new Map<string, Taken>()
    const unknown = new Map<string, EnvelopeFact>()
    for (const fact of facts) {
      const taken = confirmed.get(keyOf(fact))
      if (taken) positions.set(keyOf(fact), taken)
      else unknown.set(keyOf(fact), fact)
    }
    if (unknown.size === 0) return positions
    const { rows } = await sql<Taken>`
      select tenant, aggregate, id, last_version as version, command_id as "commandId"
      from secumon.aggregate_position
      where projection = ${projection} and version = ${version}
        and (tenant, aggregate, id) in (select * from ${references([...unknown.values()])})`.execute(tx)
    for (const row of rows) positions.set(keyOf(row), row)
    return positions
  }

  async function admit(tx: PlatformTx, facts: readonly Fact[]): Promise<Admission> {
    const envelopes = facts.filter((fact) => fact.kind === 'envelope')
    const positions = await load(tx, envelopes)
    const admission = noAdmission()
    pending = new Map()
    for (const fact of envelopes) {
      const next = takenOf(fact)
      const last = positions.get(keyOf(fact))
      const expected = (last?.version ?? 0) + 1
      if (next.version < expected) {
        const forked = next.version === last?.version && next.commandId !== last.commandId
        admission[forked ? 'forked' : 'seen'].push(fact)
        continue
      }
      if (next.version > expected)
        admission.holes.push({ fact, expected: `version ${expected}`, found: `version ${next.version}` })
      positions.set(keyOf(fact), next)
      pending.set(keyOf(fact), next)
      admission.admitted.push(fact)
    }
    return separateForks(tx, admission)
  }

  async function write(tx: PlatformTx): Promise<void> {
    if (pending.size === 0) return
    const taken = [...pending.values()]
    await sql`insert into secumon.aggregate_position as p
        (projection, version, tenant, aggregate, id, last_version, command_id)
      select ${projection}, ${version}::int, r.* from unnest(${taken.map((t) => t.tenant)}::text[],
        ${taken.map((t) => t.aggregate)}::text[], ${taken.map((t) => t.id)}::text[],
        ${taken.map((t) => t.version)}::bigint[], ${taken.map((t) => t.commandId)}::text[]) as r
      on conflict (projection, version, tenant, aggregate, id) do update
        set last_version = excluded.last_version, command_id = excluded.command_id`.execute(tx)
  }

  function confirm(): void {
    for (const [key, taken] of pending) confirmed.set(key, taken)
    pending = new Map()
  }

  return { admit, write, confirm, forget: () => confirmed.clear() }
}

// The book holds the last command id only; what was at an older version the archive knows.
async function separateForks(tx: PlatformTx, admission: Admission): Promise<Admission> {
  const seen = admission.seen.filter((fact) => fact.kind === 'envelope')
  if (seen.length === 0) return admission
  const { rows } = await sql<Taken>`
    select tenant, aggregate, id, version, command_id as "commandId" from secumon.events_archive
    where (tenant, aggregate, id, version) in (
      select tenant, aggregate, id, version from unnest(${seen.map((f) => f.tenant)}::text[],
        ${seen.map((f) => f.aggregate)}::text[], ${seen.map((f) => f.id)}::text[],
        ${seen.map((f) => Number(f.envelope.version))}::bigint[]) as s (tenant, aggregate, id, version))`.execute(
    tx,
  )
  const archived = new Map(rows.map((row) => [`${keyOf(row)}/${row.version}`, row.commandId]))
  const isForked = (fact: EnvelopeFact): boolean => {
    const commandId = archived.get(`${keyOf(fact)}/${fact.envelope.version}`)
    return commandId !== undefined && commandId !== fact.envelope.commandId
  }
  const forked = [...admission.forked, ...seen.filter(isForked)]
  return { ...admission, forked, seen: seen.filter((fact) => !isForked(fact)) }
}

const keyOf = ({ tenant, aggregate, id }: Pick<Taken, 'tenant' | 'aggregate' | 'id'>): string =>
  `${tenant}/${aggregate}/${id}`

const takenOf = ({ tenant, aggregate, id, envelope }: EnvelopeFact): Taken => {
  return { tenant, aggregate, id, version: Number(envelope.version), commandId: envelope.commandId }
}

const references = (facts: readonly EnvelopeFact[]) =>
  sql`unnest(${facts.map((f) => f.tenant)}::text[], ${facts.map((f) => f.aggregate)}::text[],
    ${facts.map((f) => f.id)}::text[])`
