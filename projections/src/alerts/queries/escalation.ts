// Reads of who is told: escalation policies, on-call schedules with their overrides, channels.

import { fromJson, type JsonValue } from '@bufbuild/protobuf'
import {
  ChannelSpecSchema,
  EscalationPolicySpecSchema,
  MemberSchema,
  ScheduleSpecSchema,
  type ChannelSpec,
  type EscalationPolicySpec,
  type Member,
  type ScheduleSpec,
} from '@secumon/contracts/gen/escalation'
import { sql, type Kysely } from 'kysely'
import type { TenantScopes } from '../../tenant-scope.ts'
import type { ChannelColumns } from '../channels.ts'
import type { PolicyColumns } from '../policies.ts'
import type { StoredActor } from '../said.ts'
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
import { fromLive, type Tables, ofTenants } from './live-tables.ts'
import type { Page, PageRequest } from './page.ts'

export type PolicyRow = DocumentRow & { spec: EscalationPolicySpec }

const POLICIES: Shelf<StoredDocument & PolicyColumns, PolicyRow> = {
  table: 'policies',
  order: { by: sql`d.place`, type: 'bigint' },
  row: (found) => ({ ...documentRow(found), spec: readSpec(EscalationPolicySpecSchema, found.spec) }),
}

/** One page of policies, in the order in which they take alerts. */
export const listPolicies = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  query: PageRequest,
): Promise<Page<PolicyRow>> => listDocuments(db, POLICIES, { scopes, query })

/** One policy, also a deleted one. */
export const findPolicy = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  id: string,
): Promise<PolicyRow | undefined> => findDocument(db, POLICIES, { scopes, id })

export type ScheduleRow = DocumentRow & { spec: ScheduleSpec }

const SCHEDULES: Shelf<StoredDocument, ScheduleRow> = {
  table: 'schedules',
  order: BY_NAME,
  row: (found) => ({ ...documentRow(found), spec: readSpec(ScheduleSpecSchema, found.spec) }),
}

/** One page of schedules, by name. */
export const listSchedules = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  query: PageRequest,
): Promise<Page<ScheduleRow>> => listDocuments(db, SCHEDULES, { scopes, query })

/** One schedule, also a deleted one. */
export const findSchedule = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  id: string,
): Promise<ScheduleRow | undefined> => findDocument(db, SCHEDULES, { scopes, id })

export type OverrideRow = {
  id: string
  member: Member
  from: number
  until: number
  reason: string
  created_at: number
  created_by: StoredActor | null
}

type FoundOverride = {
  id: string
  override_id: string
  member: JsonValue
  from_at: number
  until_at: number
  reason: string
  created_at: number
  created_by: StoredActor | null
}

export type OverridesWanted = {
  readonly schedules: readonly string[]
  /** Not over before. */
  readonly fromMs: number
}

/** Overrides of the schedules that nobody has ended, by schedule, in the order in which they were made. */
export const scheduleOverrides = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  { schedules, fromMs }: OverridesWanted,
): Promise<ReadonlyMap<string, OverrideRow[]>> =>
  fromLive(db, async (tables) => {
    const { rows } = await sql<FoundOverride>`select * from ${tables('schedule_overrides')}
      where ${ofTenants('tenant_id', scopes)} and id = any(${[...schedules]}::text[]) and not ended
        and until_at > ${new Date(fromMs)} order by created_at, override_id`.execute(db)
    const bySchedule = Map.groupBy(rows, ({ id }) => id)
    return new Map([...bySchedule].map(([id, found]) => [id, found.map(overrideRow)]))
  })

const overrideRow = (found: FoundOverride): OverrideRow => ({
  id: found.override_id,
  member: fromJson(MemberSchema, found.member, { ignoreUnknownFields: true }),
  from: found.from_at,
  until: found.until_at,
  reason: found.reason,
  created_at: found.created_at,
  created_by: found.created_by,
})

export type LastMessage = {
  at: number
  state: 'due' | 'sending' | 'waiting' | 'delivered' | 'dead'
  answer: string | null
  reason: string | null
}

export type ChannelRow = DocumentRow & {
  spec: ChannelSpec
  secret_version: number
  last: LastMessage | null
  dead: number
}

type FoundChannel = StoredDocument & ChannelColumns & { last: LastMessage | null; dead: number }

const CHANNELS: Shelf<FoundChannel, ChannelRow> = {
  table: 'channels',
  order: BY_NAME,
  columns: (tables) => sql`${lastMessage(tables)} as last, ${deadLetters(tables)} as dead`,
  row: (found) => ({
    ...documentRow(found),
    spec: readSpec(ChannelSpecSchema, found.spec),
    secret_version: found.secret_version,
    last: found.last,
    dead: found.dead,
  }),
}

const lastMessage = (tables: Tables) => sql`(select jsonb_build_object(
    'at', (extract(epoch from n.last_at) * 1000)::bigint, 'state', n.state,
    'answer', nullif(n.answer, ''), 'reason', nullif(n.reason, ''))
  from ${tables('notifications')} n where n.tenant_id = d.tenant_id and n.channel_id = d.id
  order by n.due_at desc, n.id desc limit 1)`

const deadLetters = (tables: Tables) => sql`(select count(*)::int from ${tables('notifications')} n
  where n.tenant_id = d.tenant_id and n.channel_id = d.id and n.state = 'dead')`

/** One page of channels, by name. */
export const listChannels = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  query: PageRequest,
): Promise<Page<ChannelRow>> => listDocuments(db, CHANNELS, { scopes, query })

/** One channel, also a deleted one. */
export const findChannel = (
  db: Kysely<unknown>,
  scopes: TenantScopes,
  id: string,
): Promise<ChannelRow | undefined> => findDocument(db, CHANNELS, { scopes, id })
