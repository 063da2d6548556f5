// Reads of rules: what is judged now, and what was judged before.

import type { JsonValue } from '@bufbuild/protobuf'
import { SEVERITY } from '@secumon/contracts/alerting-words'
import { RuleSpecSchema, type RuleSpec } from '@secumon/contracts/gen/rule'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { TenantScopes } from '../../tenant-scope.ts'
import type { RuleChange, RuleColumns } from '../rules.ts'
import type { StoredActor } from '../said.ts'
import type { SeverityWord } from './alert-row.ts'
import {
  BY_NAME,
  documentRow,
  findDocument,
  listDocuments,
  readSpec,
  type DocumentRow,
  type Shelf,
  type StoredDocument,
} from './documents.ts'
import { allOf, contains, fromLive, ofTenants } from './live-tables.ts'
import type { Page, PageRequest } from './page.ts'

export type RuleRow = DocumentRow & {
  spec: RuleSpec
  enabled: boolean
  built_in: boolean
}

type Found = StoredDocument & RuleColumns

const SHELF: Shelf<Found, RuleRow> = {
  table: 'rules',
  order: BY_NAME,
  row: (found) => ({
    ...documentRow(found),
    spec: readSpec(RuleSpecSchema, found.spec),
    enabled: found.enabled,
    built_in: found.built_in,
  }),
}

export type RulePage = PageRequest & {
  readonly q?: string | undefined
  readonly enabled?: 'true' | 'false' | undefined
  /** Comma-separated. */
  readonly severity?: string | undefined
  readonly metric?: string | undefined
  /** False: without the rules about the platform itself. */
  readonly aboutPlatform?: boolean
}

/** One page of rules, by name. */
export const listRules = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  page: RulePage,
): Promise<Page<RuleRow>> => listDocuments(db, SHELF, { scopes, query: { ...page, where: matching(page) } })

/** One rule, also a deleted one. */
export const findRule = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  id: string,
): Promise<RuleRow | undefined> => findDocument(db, SHELF, { scopes, id })

function matching({ q, enabled, severity, metric, aboutPlatform = true }: RulePage): RawBuilder<unknown> {
  const severities = severity?.split(',').map((word) => SEVERITY.value(word as SeverityWord))
  return allOf([
    sql`true`,
    q ? contains(q, sql`d.name, d.metric, d.spec->>'description'`) : undefined,
    enabled === undefined ? undefined : sql`d.enabled = ${enabled === 'true'}`,
    severities && sql`d.severity = any(${severities}::smallint[])`,
    metric === undefined ? undefined : sql`d.metric = ${metric}`,
    aboutPlatform ? undefined : sql`d.metric not like 'platform.%'`,
  ])
}

const SHOWN_VERSIONS = 200

export type RuleVersion = {
  readonly version: number
  readonly at: number
  readonly by: StoredActor | null
  readonly change: RuleChange
  readonly spec: RuleSpec | null
}

type VersionRow = Omit<RuleVersion, 'by' | 'spec'> & {
  readonly actor: StoredActor | null
  readonly spec: JsonValue
}

/** The newest 200 versions of a rule, newest first. */
export const ruleHistory = (db: Kysely<unknown>, scopes: TenantScopes, id: string): Promise<RuleVersion[]> =>
  fromLive(db, async (tables) => {
    const { rows } =
      await sql<VersionRow>`select version, at, actor, change, spec from ${tables('rule_versions')}
      where ${ofTenants('tenant_id', scopes)} and id = ${id}
      order by version desc, ordinal desc limit ${SHOWN_VERSIONS}`.execute(db)
    return rows.map(({ actor, spec, ...row }) => ({
      ...row,
      by: actor,
      spec: spec === null ? null : readSpec(RuleSpecSchema, spec),
    }))
  })

/** What a rule said at a version; undefined when that is not known. */
export const ruleAt = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  { id, version }: { readonly id: string; readonly version: number },
): Promise<RuleSpec | undefined> =>
  fromLive(db, async (tables) => {
    const { rows } = await sql<{ spec: JsonValue }>`select spec from ${tables('rule_versions')}
      where ${ofTenants('tenant_id', scopes)} and id = ${id} and version <= ${version} and spec is not null
      order by version desc, ordinal desc limit 1`.execute(db)
    return rows[0] && readSpec(RuleSpecSchema, rows[0].spec)
  })

export type RuleActivity = { readonly pending: number; readonly firing: number }

/** Names a rule among those of a tenant and of the platform. */
export const ruleKey = ({ platform, id }: { readonly platform: boolean; readonly id: string }): string =>
  platform ? `platform/${id}` : id

type ActivityRow = RuleActivity & { readonly id: string; readonly platform: boolean }

/** How many alerts of each rule are active, by its key. */
export const ruleActivity = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  rules: readonly string[],
): Promise<ReadonlyMap<string, RuleActivity>> =>
  fromLive(db, async (tables) => {
    const { rows } = await sql<ActivityRow>`select rule_id as id, rule_tenant = ${SYSTEM_TENANT} as platform,
        count(*) filter (where state = 'pending')::int as pending,
        count(*) filter (where state = 'firing')::int as firing
      from ${tables('alerts')} where ${ofTenants('tenant_id', scopes)} and state <> 'resolved'
        and rule_id = any(${[...rules]}::text[]) group by 1, 2`.execute(db)
    return new Map(rows.map(({ pending, firing, ...rule }) => [ruleKey(rule), { pending, firing }]))
  })
