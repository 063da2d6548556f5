// Compares the end of every lane with the archive and puts back what the log has lost and some projection still lacks,
// so that tables get every archived frame and lanes go on where the archive ends. What differs is reported and left.

import { LANES } from '@secumon/contracts/lanes'
import { laneStream, laneSubject, shardOf } from '@secumon/contracts/subjects'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { ArchiveReader, ChainHeadEntry } from '../archive/archive.ts'
import type { NatsEventLog } from '../eventlog/nats-event-log.ts'
import type { ArchivedHeads } from './archived-heads.ts'
import { reportFork } from './forks.ts'
import { inParallel } from './in-parallel.ts'
import { laneNeed, standing, type LoggedEnd } from './lane-need.ts'
import { restoreLanes } from './lane-passes.ts'
import { lanePlace } from './lane-place.ts'
import { takenOfLanes, type Fed } from './lane-taken.ts'
import { RestoredLane, type Room } from './restored-lane.ts'

/** Of a stream's limit: beyond, no records are put back, so that watermarks and agents find room. */
const RESTORED_SHARE = 0.9

export type LaneDeps = {
  readonly log: Pick<NatsEventLog, 'bounds' | 'lastMessage' | 'messageAt' | 'restore'>
  readonly database: Kysely<PlatformTables>
  readonly archive: Pick<ArchiveReader, 'flushes'>
  readonly shards: number
  /** Every enabled projection with the streams that feed it. */
  readonly fed: readonly Fed[]
  readonly logger: Logger
}

export type LanesReport = {
  /** Lanes in the archive. */
  readonly lanes: number
  /** Lanes whose log ended before their archive. */
  readonly behind: number
  /** Records published again. */
  readonly republished: number
  /** Lanes of which some archived records could not be put back: tables lack them until they are rebuilt. */
  readonly incomplete: number
  /** Lanes whose log and archive hold different records at one place. */
  readonly forkedLanes: number
}

type Lane = {
  readonly head: ChainHeadEntry
  readonly stream: string
  readonly subject: string
  readonly logged: LoggedEnd
}

/** @throws LogDisconnected, RestoreFailed, and what archive and database throw: start again */
export async function reconcileLanes(
  deps: LaneDeps,
  heads: Pick<ArchivedHeads, 'chains' | 'flush'>,
  signal: AbortSignal,
): Promise<LanesReport> {
  const lanes = await inParallel(heads.chains, (head) => look(deps, head))
  signal.throwIfAborted()
  const of = (which: ReturnType<typeof standing>) =>
    lanes.filter(({ logged, head }) => standing(logged, head) === which)
  const behind = of('behind')
  const restored = await lanesToRestore(deps, behind)
  await restoreLanes({ ...deps, flush: heads.flush, signal }, restored)
  const incomplete = restored.filter((lane) => !lane.isForked && lane.lacks)
  await inParallel(restored, (lane) => lane.finish())
  for (const { subject, need } of incomplete)
    deps.logger.error({ subject, after: need.after, upTo: need.head }, 'lane restored with a hole: rebuild')
  const forked = [...of('forked'), ...restored.filter(({ isForked }) => isForked)]
  for (const lane of forked) await reportFork(deps, forkOf(lane))
  return {
    lanes: lanes.length,
    behind: behind.length,
    republished: restored.reduce((sum, lane) => sum + lane.restored, 0),
    incomplete: incomplete.length,
    forkedLanes: forked.length,
  }
}

async function look({ log, shards, logger }: LaneDeps, head: ChainHeadEntry): Promise<Lane> {
  const { lane, tenant, agent } = head
  const shard = shardOf(agent, shards)
  const [stream, subject] = [laneStream(lane, shard), laneSubject({ lane, shard, tenant, agent })]
  const message = await log.lastMessage(stream, subject)
  const position = message?.position ?? 0
  try {
    return { head, stream, subject, logged: { position, place: message && lanePlace(message.payload) } }
  } catch (err) {
    logger.error({ err, subject, position }, 'the last record of a lane cannot be read: written again')
    return { head, stream, subject, logged: { position, place: undefined } }
  }
}

async function lanesToRestore(deps: LaneDeps, behind: readonly Lane[]): Promise<RestoredLane[]> {
  const rooms = new Map<string, Room>()
  for (const stream of new Set(behind.map((lane) => lane.stream)))
    rooms.set(stream, await roomIn(deps, stream))
  const restored: RestoredLane[] = []
  for (const lane of LANES) {
    const some = behind.filter(({ head }) => head.lane === lane)
    if (some.length === 0) continue
    const agents = some.map(({ head }) => head.agent)
    const takenOf = await takenOfLanes(deps.database, deps.fed, { lane, agents })
    for (const { head, logged, stream, subject } of some) {
      const need = laneNeed(head, logged, takenOf({ agent: head.agent, stream }))
      const room = rooms.get(stream) ?? { bytes: 0 }
      restored.push(new RestoredLane({ log: deps.log, subject, stream, need, room }))
    }
  }
  return restored
}

async function roomIn({ log }: LaneDeps, stream: string): Promise<Room> {
  const { bytes, maxBytes } = await log.bounds(stream)
  return { bytes: maxBytes > 0 ? RESTORED_SHARE * maxBytes - bytes : Infinity }
}

const forkOf = (lane: Lane | RestoredLane) => {
  const { head, logged } = 'need' in lane ? lane.need : lane
  const at = logged.place ?? head
  const described = (sequence: number, hash: Uint8Array) =>
    `epoch ${at.epoch} sequence ${sequence} hash ${Buffer.from(hash).toString('hex').slice(0, 16)}`
  return {
    subject: lane.subject,
    stream: lane.stream,
    position: logged.position,
    expected: 'need' in lane ? 'a record that the archive continues' : described(head.sequence, head.hash),
    found: described(at.sequence, at.hash),
  }
}
