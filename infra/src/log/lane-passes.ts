// Reads the archive for the lanes that are behind: its newest minutes first, which is where nearly all find what they
// lack, and ever wider for those that do not.

import { parseLaneSubject } from '@secumon/contracts/subjects'
import type { Logger } from 'pino'
import type { ArchiveReader, ArchivedLeaf } from '../archive/archive.ts'
import { lanePlace, type LanePlace } from './lane-place.ts'
import type { RestoredLane, Window } from './restored-lane.ts'
import { unlessDamaged } from './unless-damaged.ts'

/** Two minutes of an archiver that writes twice a second. */
const FIRST_WINDOW_FLUSHES = 240
const WIDER_TIMES = 16
const PROGRESS_MS = 5_000

export type PassDeps = {
  readonly archive: Pick<ArchiveReader, 'flushes'>
  /** The newest flush. */
  readonly flush: number
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** Publishes what the lanes lack and the archive has. @throws RestoreFailed, and what the archive throws */
export async function restoreLanes(deps: PassDeps, lanes: readonly RestoredLane[]): Promise<void> {
  const open = () => lanes.filter((lane) => !lane.isDone)
  for (let flushes = FIRST_WINDOW_FLUSHES; open().length > 0; flushes *= WIDER_TIMES) {
    const afterFlush = Math.max(0, deps.flush - flushes)
    const read = await unlessDamaged(
      deps.logger,
      () => pass(deps, open(), afterFlush).then(() => true),
      false,
    )
    if (!read || afterFlush === 0) return
  }
}

async function pass(deps: PassDeps, lanes: readonly RestoredLane[], afterFlush: number): Promise<void> {
  const bySubject = new Map(lanes.map((lane) => [lane.subject, lane]))
  for (const lane of lanes) lane.begin()
  const filter = {
    kinds: [...new Set(lanes.map(({ need }) => need.head.lane))],
    agents: new Set(lanes.map(({ need }) => need.head.agent)),
    afterFlush,
    signal: deps.signal,
  }
  let fromMs: number | undefined
  let toldMs = performance.now()
  for await (const { flush, writtenAtMs, records } of deps.archive.flushes(filter)) {
    deps.signal.throwIfAborted()
    fromMs ??= writtenAtMs
    const window: Window = { fromMs, whole: afterFlush === 0 }
    const mine = Map.groupBy(records, ({ subject }) => bySubject.get(subject))
    await Promise.all(Array.from(mine, ([lane, some]) => takeAll(lane, some, window)))
    if (performance.now() - toldMs < PROGRESS_MS) continue
    toldMs = performance.now()
    deps.logger.info({ flush, of: deps.flush, lanes: lanes.length }, 'lanes are being restored')
  }
}

async function takeAll(
  lane: RestoredLane | undefined,
  records: readonly ArchivedLeaf[],
  window: Window,
): Promise<void> {
  if (!lane) return
  for (const record of records) {
    const place = placeIn(record)
    if (place) await lane.take(record, place, window)
  }
}

// What the archive took without being able to read it cannot be put in its place.
function placeIn({ subject, payload }: ArchivedLeaf): LanePlace | undefined {
  if (!parseLaneSubject(subject)) return undefined
  try {
    return lanePlace(payload)
  } catch {
    return undefined
  }
}
