// The subject grammar: the only place that builds or takes apart a NATS subject or a stream name.
//   events.<tenant>.<aggregate>.<id>        stream EVENTS
//   <lane>.<shard>.<tenant>.<agent>         streams TELEMETRY_<shard>, LOGS_<shard>
//   telemetry.<shard>.system.clock|gateway  ticks on the same stream
//   live.<tenant>.<kind>[.<agent>]          core NATS, not stored
//   durable.<shard>[.ask]                   the same

import { isUlid } from './ids.ts'
import { LANES, type LaneName } from './lanes.ts'

/** The tenant of the platform's own records. No customer can have it. */
export const SYSTEM_TENANT = 'system'
/** The tenant that exists from the first start. */
export const DEFAULT_TENANT = 'main'
export const EVENTS_STREAM = 'EVENTS'
export const MAX_SHARDS = 64

const TOKEN = /^[A-Za-z0-9_-]{1,64}$/

/** True for a tenant name: 1 – 64 of `A-Z a-z 0-9 _ -`; `system` is reserved but well-formed. */
export const isTenant = (text: string): boolean => TOKEN.test(text)

export type EventSubject = { readonly tenant: string; readonly aggregate: string; readonly id: string }
export type LaneSubject = {
  readonly lane: LaneName
  readonly shard: number
  readonly tenant: string
  readonly agent: string
}
export type ClockSubject = { readonly shard: number; readonly kind: 'clock' | 'gateway' }

export class InvalidSubject extends Error {
  override readonly name = 'InvalidSubject'
}

/** @throws InvalidSubject when a part is not a subject token */
export function eventSubject({ tenant, aggregate, id }: EventSubject): string {
  return ['events', token(tenant), token(aggregate), token(id)].join('.')
}

/** @throws InvalidSubject when the shard, tenant or agent is malformed */
export function laneSubject({ lane, shard, tenant, agent }: LaneSubject): string {
  if (tenant === SYSTEM_TENANT || !isUlid(agent)) throw new InvalidSubject(`no lane for ${tenant}/${agent}`)
  return [lane, shardToken(shard), token(tenant), agent].join('.')
}

/** @throws InvalidSubject when the shard is out of range */
export const clockSubject = ({ shard, kind }: ClockSubject): string =>
  ['telemetry', shardToken(shard), SYSTEM_TENANT, kind].join('.')

/** Matches every event of one kind of aggregate, in all tenants. */
export const aggregateSubjects = (aggregate: string): string => `events.*.${token(aggregate)}.>`

export function parseEventSubject(subject: string): EventSubject | undefined {
  const [head, tenant = '', aggregate = '', id = '', ...rest] = subject.split('.')
  if (head !== 'events' || rest.length > 0 || ![tenant, aggregate, id].every((part) => TOKEN.test(part)))
    return undefined
  return { tenant, aggregate, id }
}

export function parseLaneSubject(subject: string): LaneSubject | undefined {
  const [head, shardText = '', tenant = '', agent = '', ...rest] = subject.split('.')
  const lane = LANES.find((name) => name === head)
  const shard = parseShard(shardText)
  if (!lane || shard === undefined || rest.length > 0) return undefined
  if (!TOKEN.test(tenant) || tenant === SYSTEM_TENANT || !isUlid(agent)) return undefined
  return { lane, shard, tenant, agent }
}

export function parseClockSubject(subject: string): ClockSubject | undefined {
  const [head, shardText = '', tenant, kind, ...rest] = subject.split('.')
  const shard = parseShard(shardText)
  if (head !== 'telemetry' || tenant !== SYSTEM_TENANT || shard === undefined || rest.length > 0)
    return undefined
  return kind === 'clock' || kind === 'gateway' ? { shard, kind } : undefined
}

/** `TELEMETRY_0`, `LOGS_3`. */
export const laneStream = (lane: LaneName, shard: number): string =>
  `${lane.toUpperCase()}_${shardToken(shard)}`

/** Every subject a lane's stream holds. */
export const laneStreamSubjects = (lane: LaneName, shard: number): string => `${lane}.${shardToken(shard)}.>`

/** Live fan-out of one agent's latest observation. */
export const liveAgentSubject = (tenant: string, agent: string): string =>
  `live.${token(tenant)}.agent.${token(agent)}`

/** Live fan-out of changes of a tenant's fleet. */
export const liveFleetSubject = (tenant: string): string => `live.${token(tenant)}.fleet`

/** Live fan-out of changes of a tenant's alerts. */
export const liveAlertsSubject = (tenant: string): string => `live.${token(tenant)}.alerts`

/** Live fan-out of which incidents of a tenant changed. */
export const liveIncidentsSubject = (tenant: string): string => `live.${token(tenant)}.incidents`

/** Live fan-out of which messages of a tenant changed. */
export const liveNotificationsSubject = (tenant: string): string => `live.${token(tenant)}.notifications`

/** Live fan-out of a tenant's log lines. */
export const liveLogsSubject = (tenant: string): string => `live.${token(tenant)}.logs`

/** What the archiver announces of a shard's lanes. */
export const durableSubject = (shard: number): string => `durable.${shardToken(shard)}`

/** Where the archiver is asked about a shard's lanes. */
export const durableQuestionSubject = (shard: number): string => `durable.${shardToken(shard)}.ask`

/**
 * The shard of an agent: FNV-1a (32 bit, http://www.isthe.com/chongo/tech/comp/fnv/) of its ULID, modulo.
 * @param shards 1 – MAX_SHARDS, fixed at first start
 */
export function shardOf(agent: string, shards: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < agent.length; i++) hash = Math.imul(hash ^ agent.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % shards
}

function token(text: string): string {
  if (!TOKEN.test(text)) throw new InvalidSubject(`not a subject token: ${JSON.stringify(text.slice(0, 80))}`)
  return text
}

function shardToken(shard: number): string {
  if (!Number.isInteger(shard) || shard < 0 || shard >= MAX_SHARDS)
    throw new InvalidSubject(`no such shard: ${shard}`)
  return String(shard)
}

function parseShard(text: string): number | undefined {
  return /^(0|[1-9]\d?)$/.test(text) && Number(text) < MAX_SHARDS ? Number(text) : undefined
}
