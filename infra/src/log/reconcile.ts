// Compares EVENTS with its archive in PostgreSQL and puts back what the log has lost. Hashes are compared, not lengths;
// what differs is reported and left alone.

import { fromBinary } from '@bufbuild/protobuf'
import { sha256 } from '@secumon/contracts/frame'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { EVENTS_STREAM, eventSubject } from '@secumon/contracts/subjects'
import type { AggregateRef } from '@secumon/domain/decider'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { NatsEventLog } from '../eventlog/nats-event-log.ts'
import { LogUnreadable } from '../eventlog/stall-watch.ts'
import { EMPTY_DIGEST, extendDigest, type Digest } from './digest.ts'
import { archivedAggregates, archivedEnvelopes } from './events-archive.ts'
import { reportFork } from './forks.ts'
import { readUpTo } from './read-up-to.ts'
import { restoreRecord } from './restore-record.ts'

export type ReconcileDeps = {
  readonly log: Pick<
    NatsEventLog,
    'bounds' | 'scan' | 'subjectCounts' | 'nextMessage' | 'messageAt' | 'restore'
  >
  readonly database: Kysely<PlatformTables>
  readonly logger: Logger
}

export type ReconcileReport = {
  /** Aggregates in the archive. */
  readonly aggregates: number
  /** Envelopes published again. */
  readonly restored: number
  /** Aggregates whose log and archive hold another envelope under the same version. */
  readonly forked: number
}

/**
 * Puts back into EVENTS what the archive has and the log lacks, aggregate by aggregate, in order of version.
 * @throws LogDisconnected, RestoreFailed: start again; LogUnreadable: the store is damaged
 */
export async function reconcileEvents(deps: ReconcileDeps, signal: AbortSignal): Promise<ReconcileReport> {
  const subjects = await digestLog(deps, signal)
  await compareIndex(deps, subjects)
  const report = { aggregates: 0, restored: 0, forked: 0 }
  for await (const { aggregate, digest } of archivedAggregates(deps.database)) {
    signal.throwIfAborted()
    report.aggregates++
    if (isSame(subjects.get(eventSubject(aggregate)), digest)) continue
    const { restored, forked } = await mend(deps, aggregate)
    report.restored += restored
    if (forked) report.forked++
  }
  return report
}

const isSame = (a: Digest | undefined, b: Digest): boolean =>
  a?.count === b.count && Buffer.compare(a.hash, b.hash) === 0

async function digestLog({ log }: ReconcileDeps, signal: AbortSignal): Promise<Map<string, Digest>> {
  const subjects = new Map<string, Digest>()
  const { messages, last } = await log.bounds(EVENTS_STREAM)
  if (messages === 0) return subjects
  const all = { stream: EVENTS_STREAM, start: 1, end: last, signal }
  for await (const batch of readUpTo(log, (...args) => log.scan(...args), all))
    for (const { subject, payload } of batch)
      subjects.set(subject, extendDigest(subjects.get(subject) ?? EMPTY_DIGEST, sha256(payload)))
  signal.throwIfAborted()
  return subjects
}

// A server that stopped indexing at a damaged message delivers those behind it and denies them when asked by subject:
// whoever reads an aggregate would decide on half a history.
async function compareIndex({ log }: ReconcileDeps, subjects: ReadonlyMap<string, Digest>): Promise<void> {
  if (subjects.size === 0) return
  const counts = await log.subjectCounts(EVENTS_STREAM)
  const { first, last } = await log.bounds(EVENTS_STREAM)
  for (const [subject, { count }] of subjects)
    if ((counts.get(subject) ?? 0) < count) throw new LogUnreadable(EVENTS_STREAM, first, last)
}

type Contradiction = {
  readonly version: number
  readonly archived: Uint8Array
  readonly logged: readonly Uint8Array[]
  readonly position: number
}

const forkOf = (aggregate: AggregateRef, { version, archived, logged, position }: Contradiction) => ({
  stream: EVENTS_STREAM,
  subject: eventSubject(aggregate),
  position,
  expected: `version ${version} hash ${hex(archived)}`,
  found: `version ${version} hash ${logged.map(hex).join(', ')}`,
})

const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex').slice(0, 16)

type Stored = { readonly hash: Uint8Array; readonly commandId: string }
type Logged = { readonly versions: Map<number, Stored[]>; readonly last: number }

// A command that is carried out again after the log forgot it is sealed anew: other bytes, the same decision.
const isSameDecision = (a: Stored, b: Stored): boolean =>
  a.commandId === b.commandId || Buffer.compare(a.hash, b.hash) === 0

async function mend(
  deps: ReconcileDeps,
  aggregate: AggregateRef,
): Promise<{ restored: number; forked: boolean }> {
  const logged = await readLogged(deps, eventSubject(aggregate))
  const subject = eventSubject(aggregate)
  let { last } = logged
  let restored = 0
  for (const archived of await archivedEnvelopes(deps.database, aggregate)) {
    const { version, hash, payload } = archived
    const found = logged.versions.get(version)
    if (found?.some((each) => isSameDecision(each, archived))) continue
    if (found) {
      const hashes = found.map((each) => each.hash)
      await reportFork(deps, forkOf(aggregate, { version, archived: hash, logged: hashes, position: last }))
      return { restored, forked: true }
    }
    last = await restoreRecord(deps.log, { stream: EVENTS_STREAM, subject, payload, last })
    restored++
  }
  return { restored, forked: false }
}

async function readLogged({ log }: ReconcileDeps, subject: string): Promise<Logged> {
  const versions = new Map<number, Stored[]>()
  let last = 0
  for (;;) {
    const message = await log.nextMessage(EVENTS_STREAM, { subject, position: last + 1 })
    if (!message) return { versions, last }
    const { commandId, ...envelope } = fromBinary(EnvelopeSchema, message.payload)
    const version = Number(envelope.version)
    versions.set(version, [...(versions.get(version) ?? []), { commandId, hash: sha256(message.payload) }])
    last = message.position
  }
}
