// Reads of what keeps alerts quiet: silences and maintenances.

import { fromJson, type JsonValue } from '@bufbuild/protobuf'
import {
  MaintenanceSpecSchema,
  MatcherSchema,
  type MaintenanceSpec,
  type Matcher,
} from '@secumon/contracts/gen/muting'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { TenantScopes } from '../../tenant-scope.ts'
import type { StoredActor } from '../said.ts'
import type { SilenceColumns } from '../silences.ts'
import type { Stamp } from '../table.ts'
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
import { allOf, countUpTo, fromLive, ofTenants } from './live-tables.ts'
import { pageOf, placeAfter, type Page, type PageRequest } from './page.ts'

export type SilenceState = 'planned' | 'active' | 'ended'

export type SilenceRow = {
  id: string
  state: SilenceState
  platform: boolean
  matchers: Matcher[]
  reason: string
  starts_at: number
  expires_at: number
  ended_at: number | null
  created_at: number
  created_by: StoredActor | null
  ended_by: StoredActor | null
  version: number
}

type FoundSilence = SilenceColumns & Stamp & { readonly matchers: readonly JsonValue[] }

export type SilencePage = PageRequest & {
  /** Comma-separated. */
  readonly state?: string | undefined
  readonly nowMs: number
}

/** One page of silences, the newest first. */
export const listSilences = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  page: SilencePage,
): Promise<Page<SilenceRow>> =>
  fromLive(db, async (tables) => {
    const from = sql`${tables('silences')} s`
    const where = allOf([sql`${ofTenants('s.tenant_id', scopes)}`, stateIn(page)])
    const place = placeAfter(page, [0, ''] as const)
    const after = place ? sql`(s.created_at, s.id) < (${new Date(place[0])}, ${place[1]})` : sql`true`
    const found = await sql<FoundSilence>`select s.* from ${from}
      where ${where} and ${after}
      order by s.created_at desc, s.id desc limit ${page.limit + 1}`.execute(db)
    const total = await countUpTo(db, { from, where })
    const rows = found.rows.map((row) => silenceRow(row, page.nowMs))
    return pageOf(rows, page, { total, placeOf: ({ created_at, id }) => [created_at, id] })
  })

export const findSilence = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): Promise<SilenceRow | undefined> =>
  fromLive(db, async (tables) => {
    const found = await sql<FoundSilence>`select s.* from ${tables('silences')} s
      where ${ofTenants('s.tenant_id', scopes)} and s.id = ${id}`.execute(db)
    return found.rows[0] && silenceRow(found.rows[0], nowMs)
  })

function stateIn({ state, nowMs }: SilencePage): RawBuilder<unknown> | undefined {
  const now = new Date(nowMs)
  return state === undefined
    ? undefined
    : sql`case when s.ended_at is not null or s.expires_at <= ${now} then 'ended'
        when s.starts_at > ${now} then 'planned' else 'active' end = any(${state.split(',')}::text[])`
}

const silenceRow = (found: FoundSilence, nowMs: number): SilenceRow => ({
  id: found.id,
  state: stateAt(found, nowMs),
  platform: found.tenant_id === SYSTEM_TENANT,
  matchers: found.matchers.map((matcher) => fromJson(MatcherSchema, matcher, { ignoreUnknownFields: true })),
  reason: found.reason,
  starts_at: found.starts_at,
  expires_at: found.expires_at,
  ended_at: found.ended_at,
  created_at: found.created_at,
  created_by: found.created_by,
  ended_by: found.ended_by,
  version: found.version,
})

function stateAt({ ended_at, expires_at, starts_at }: SilenceColumns, nowMs: number): SilenceState {
  if (ended_at !== null || expires_at <= nowMs) return 'ended'
  return starts_at > nowMs ? 'planned' : 'active'
}

export type MaintenanceRow = DocumentRow & { spec: MaintenanceSpec }

const MAINTENANCES: Shelf<StoredDocument, MaintenanceRow> = {
  table: 'maintenances',
  order: BY_NAME,
  row: (found) => ({ ...documentRow(found), spec: readSpec(MaintenanceSpecSchema, found.spec) }),
}

export type MaintenancePage = PageRequest & {
  /** Also cancelled ones. */
  readonly cancelled?: 'true' | 'false' | undefined
}

/** One page of maintenances, by name. */
export const listMaintenances = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  { cancelled, ...page }: MaintenancePage,
): Promise<Page<MaintenanceRow>> =>
  listDocuments(db, MAINTENANCES, { scopes, query: { ...page, deleted: cancelled === 'true' } })

/** One maintenance, also a cancelled one. */
export const findMaintenance = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  id: string,
): Promise<MaintenanceRow | undefined> => findDocument(db, MAINTENANCES, { scopes, id })
