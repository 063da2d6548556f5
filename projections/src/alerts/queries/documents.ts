// Reads of what people write whole: one page of a kind, in an order of its own, or one of them.

import { fromJson, type DescMessage, type JsonValue, type MessageShape } from '@bufbuild/protobuf'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { TenantScopes } from '../../tenant-scope.ts'
import type { Document } from '../documents.ts'
import type { StoredActor } from '../said.ts'
import type { Stamp } from '../table.ts'
import { allOf, countUpTo, fromLive, type Tables, ofTenants } from './live-tables.ts'
import { pageOf, placeAfter, type Page, type PageRequest } from './page.ts'

export type StoredDocument = Document & Stamp

/** What is known of a text beside its words. */
export type DocumentRow = {
  id: string
  platform: boolean
  version: number
  created_at: number
  created_by: StoredActor | null
  changed_at: number
  changed_by: StoredActor | null
  deleted: boolean
}

/** How one kind of text is read. */
export type Shelf<Found extends StoredDocument, Row> = {
  readonly table: string
  /** Ties are broken by id, and by tenant: what the product brings along has the same ids everywhere. */
  readonly order: Order
  /** Columns beside the table's own, which is named `d`. */
  readonly columns?: (tables: Tables) => RawBuilder<unknown>
  readonly row: (found: Found) => Row
}

type Order = { readonly by: RawBuilder<unknown>; readonly type: 'text' | 'bigint' }

export const BY_NAME: Order = { by: sql`lower(d.name)`, type: 'text' }

export type ShelfQuery = PageRequest & {
  readonly where?: RawBuilder<unknown> | undefined
  /** Also deleted ones. */
  readonly deleted?: boolean
}

/** One page of a tenant's texts. @throws Rejected `invalid` for an `after` of another list */
export const listDocuments = <Found extends StoredDocument, Row>(
  db: Kysely<unknown>,
  shelf: Shelf<Found, Row>,
  { scopes, query }: { readonly scopes: TenantScopes; readonly query: ShelfQuery },
): Promise<Page<Row>> =>
  fromLive(db, async (tables) => {
    const from = sql`${tables(shelf.table)} d`
    const where = allOf([
      sql`${ofTenants('d.tenant_id', scopes)}`,
      query.deleted ? undefined : sql`not d.deleted`,
      query.where,
    ])
    const { by } = shelf.order
    const found = await sql<Found & { readonly sorted: string | number }>`select d.*, ${by} as sorted
      ${columnsOf(shelf, tables)} from ${from}
      where ${where} and ${after(shelf.order, query)} order by ${by}, d.id, d.tenant_id limit ${query.limit + 1}`.execute(
      db,
    )
    const total = await countUpTo(db, { from, where })
    const page = pageOf(found.rows, query, {
      total,
      placeOf: ({ sorted, id, tenant_id }) => [sorted, id, tenant_id],
    })
    return { ...page, rows: page.rows.map(shelf.row) }
  })

/** One text, also a deleted one; undefined when this tenant has no such. */
export const findDocument = <Found extends StoredDocument, Row>(
  db: Kysely<unknown>,
  shelf: Shelf<Found, Row>,
  { scopes, id }: { readonly scopes: TenantScopes; readonly id: string },
): Promise<Row | undefined> =>
  fromLive(db, async (tables) => {
    const found = await sql<Found>`select d.* ${columnsOf(shelf, tables)} from ${tables(shelf.table)} d
      where ${ofTenants('d.tenant_id', scopes)} and d.id = ${id}`.execute(db)
    return found.rows[0] && shelf.row(found.rows[0])
  })

const columnsOf = <Found extends StoredDocument, Row>(
  { columns }: Shelf<Found, Row>,
  tables: Tables,
): RawBuilder<unknown> => (columns ? sql`, ${columns(tables)}` : sql``)

function after({ by, type }: Order, query: PageRequest): RawBuilder<unknown> {
  const place =
    type === 'text' ? placeAfter(query, ['', '', ''] as const) : placeAfter(query, [0, '', ''] as const)
  return place
    ? sql`(${by}, d.id, d.tenant_id) > (${place[0]}::${sql.raw(type)}, ${place[1]}, ${place[2]})`
    : sql`true`
}

/** The common part of a row. */
export const documentRow = (found: StoredDocument): DocumentRow => ({
  id: found.id,
  platform: found.tenant_id === SYSTEM_TENANT,
  version: found.version,
  created_at: found.created_at,
  created_by: found.created_by,
  changed_at: found.changed_at,
  changed_by: found.changed_by,
  deleted: found.deleted,
})

/** A text as it was written, also by newer code. */
export const readSpec = <Desc extends DescMessage>(schema: Desc, spec: JsonValue): MessageShape<Desc> =>
  fromJson(schema, spec, { ignoreUnknownFields: true })
