// Where a channel, a schedule or a policy is named by others: what its deletion would leave without it.

import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { TenantScopes } from '../../tenant-scope.ts'
import { fromLive, ofTenants, type Tables } from './live-tables.ts'

export type Usable = 'channel' | 'schedule' | 'policy'

export type Use = {
  readonly kind: 'rule' | 'policy' | 'schedule'
  readonly id: string
  readonly name: string
}

export type UsesWanted = { readonly kind: Usable; readonly id: string; readonly nowMs: number }

const MOST = 100

/** Of those that are not deleted, by name; at most 100. */
export const usesOf = (db: Kysely<unknown>, scopes: TenantScopes, wanted: UsesWanted): Promise<Use[]> =>
  fromLive(db, async (tables) => {
    const places = FINDERS[wanted.kind](tables, wanted).map(
      ({ kind, table, names }) => sql`select ${kind}::text as kind, d.id, d.name from ${tables(table)} d
        where ${ofTenants('d.tenant_id', scopes)} and not d.deleted and ${names}`,
    )
    const { rows } = await sql<Use>`select kind, id, name from (${sql.join(places, sql` union all `)}) used
      order by lower(name), id limit ${MOST}`.execute(db)
    return rows
  })

type Place = { readonly kind: Use['kind']; readonly table: string; readonly names: RawBuilder<unknown> }

const FINDERS: Readonly<Record<Usable, (tables: Tables, wanted: UsesWanted) => readonly Place[]>> = {
  channel: (tables, wanted) => [
    { kind: 'policy', table: 'policies', names: holds('$.steps[*].targets[*].channel', wanted) },
    {
      kind: 'schedule',
      table: 'schedules',
      names: sql`(${holds('$.layers[*].members[*].channels[*]', wanted)} or ${isInOverride(tables, wanted)})`,
    },
  ],
  schedule: (_, wanted) => [
    { kind: 'policy', table: 'policies', names: holds('$.steps[*].targets[*].schedule', wanted) },
  ],
  policy: (_, { id }) => [{ kind: 'rule', table: 'rules', names: sql`d.spec->>'escalationPolicy' = ${id}` }],
}

const holds = (path: string, { id }: UsesWanted): RawBuilder<unknown> =>
  sql`jsonb_path_exists(d.spec, ${`${path} ? (@ == $id)`}::jsonpath, ${JSON.stringify({ id })}::jsonb)`

const isInOverride = (tables: Tables, { id, nowMs }: UsesWanted): RawBuilder<unknown> =>
  sql`exists (select from ${tables('schedule_overrides')} o where o.tenant_id = d.tenant_id and o.id = d.id
    and not o.ended and o.until_at > ${new Date(nowMs)} and o.member->'channels' ? ${id})`
