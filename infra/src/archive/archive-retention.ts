// Lets records go whose time is over: hourly, whole days of telemetry and logs, by the day their segment was begun and by
// the newest of them, and only by a clock that has stood for an hour. Leaf hashes stay, and events stay for ever.

import type { PlatformTables } from '@secumon/migrations/platform-tables'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { whileLeading } from '../log/lease.ts'
import { pause } from '../log/pause.ts'
import type { SettledClock } from '../log/settled-clock.ts'
import { ArchiveDamaged, ArchiveFull, type SegmentKind } from './archive.ts'
import { expireSegment, type ExpiryPlaces } from './expire.ts'
import { readContents } from './segment-contents.ts'
import { dayOf, parseSealedName } from './segment-name.ts'

const DAY_MS = 24 * 3_600_000
const INTERVAL_MS = 3_600_000
const SOON_MS = 60_000
const LEASE_TTL_MS = 60_000

/** Days that records are kept after the day of their segment, by kind. */
export type ArchiveDays = { readonly telemetry: number; readonly logs: number }

type Rules = ExpiryPlaces & { readonly logger: Logger; readonly days: ArchiveDays }

export type ArchiveRetentionOptions = Rules & {
  readonly database: Kysely<PlatformTables>
  readonly clock: SettledClock
}

/** Looks hourly while this process holds the lease `archive-retention`; soon again while the clock is not settled. */
export function startArchiveRetention(options: ArchiveRetentionOptions): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const { database, logger } = options
  const lease = { database, name: 'archive-retention', ttlMs: LEASE_TTL_MS, signal: stopping.signal, logger }
  const done = whileLeading(lease, async ({ signal }) => {
    while (!signal.aborted) {
      const nowMs = options.clock.nowMs()
      if (nowMs !== undefined) await expireDue({ ...options, nowMs }, signal)
      await pause(nowMs === undefined ? SOON_MS : INTERVAL_MS, signal)
    }
  })
  return {
    async stop() {
      stopping.abort()
      await done
    },
  }
}

export type Expiry = Rules & { readonly nowMs: number }
export type Expired = { readonly segments: number; readonly leaves: number; readonly bytes: number }

/** Replaces every segment past its time by its leaf hashes. One that is damaged is told, and left as it is. */
export async function expireDue(options: Expiry, signal?: AbortSignal): Promise<Expired> {
  const { store, nowMs, logger, days } = options
  const expired = { segments: 0, leaves: 0, bytes: 0 }
  // From the names as they are: of a segment and its stub, both left by a crash, the segment has still to go.
  for (const { name, sizeBytes } of await store.list()) {
    const segment = parseSealedName(name)
    if (segment?.state !== 'sealed') continue
    const keptDay = keptFrom(segment.kind, days, nowMs)
    if (segment.day >= keptDay) continue
    if (signal?.aborted) break
    if (!(await expire(options, { name, sizeBytes, keptDay }))) continue
    expired.segments++
    expired.leaves += segment.leaves
    expired.bytes += sizeBytes
  }
  if (expired.segments > 0) logger.info({ ...expired, days }, 'records of the archive have expired')
  return expired
}

/** The oldest day of the kind that is kept; of events every one. */
function keptFrom(kind: SegmentKind, days: ArchiveDays, nowMs: number): string {
  return kind === 'events' ? '' : dayOf(nowMs - days[kind] * DAY_MS)
}

type Due = { readonly name: string; readonly sizeBytes: number; readonly keptDay: string }

async function expire(options: Expiry, segment: Due): Promise<boolean> {
  try {
    if (await hasYoung(options, segment)) return false
    await expireSegment(options, segment)
    return true
  } catch (error) {
    if (!(error instanceof ArchiveDamaged || error instanceof ArchiveFull)) throw error
    options.logger.error({ err: error, segment: segment.name }, 'the segment has expired and cannot go')
    return false
  }
}

// Records of the future keep nothing: theirs is another clock that is wrong.
async function hasYoung(
  { store, nowMs }: Pick<Expiry, 'store' | 'nowMs'>,
  { name, sizeBytes, keptDay }: Due,
): Promise<boolean> {
  const read = (offset: number, length: number) => store.read(name, { offset, length })
  const { blocks } = await readContents(name, sizeBytes, read)
  return blocks.some(({ lastAtMs }) => lastAtMs <= nowMs && dayOf(lastAtMs) >= keptDay)
}
