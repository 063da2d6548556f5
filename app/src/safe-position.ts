// Up to where a stream may be forgotten: what every enabled projection has taken, by its live generation, and the archive;
// and what a generation that is being built has taken, once it is near.

import type { Database } from '@secumon/infra/database/database'
import { ARCHIVE } from '@secumon/projections/archive/archive-key'
import type { Checkpoint } from '@secumon/projections/checkpoints'
import { stillStands, type Held } from '@secumon/projections/resume'
import { sql } from 'kysely'
import type { Loop } from './projectors.ts'

type Fed = Pick<Loop, 'stream'> & { readonly projector: Pick<Loop['projector'], 'name'> }

export type SafePositionDeps = { readonly db: Database; readonly log: Held; readonly loops: readonly Fed[] }

type Taken = Pick<Checkpoint, 'stream' | 'position' | 'hash'>

/** What has not begun, projection or archive, or has yet to find that the log was rolled back, holds everything. */
export async function safePosition(
  { db, log, loops }: SafePositionDeps,
  stream: string,
): Promise<number | undefined> {
  const names = loops.filter((loop) => loop.stream === stream).map(({ projector }) => projector.name)
  const taken = [...(await archivedPositions(db, stream)), ...(await projectedPositions(db, names, stream))]
  if (taken.length < names.length + 1) return undefined
  for (const place of taken) if (!(await stillStands(log, place))) return undefined
  const building = await nearPositions(db, names, stream)
  return Math.min(...[...taken, ...building].map(({ position }) => position))
}

async function archivedPositions(db: Database, stream: string): Promise<Taken[]> {
  const rows = await db
    .selectFrom('secumon.checkpoints')
    .select(['stream', 'position', 'hash'])
    .where('projection', '=', ARCHIVE.projection)
    .where('version', '=', ARCHIVE.version)
    .where('stream', '=', stream)
    .execute()
  return rows.map(takenOf)
}

async function projectedPositions(db: Database, names: readonly string[], stream: string): Promise<Taken[]> {
  if (names.length === 0) return []
  const rows = await db
    .selectFrom('secumon.projection_live as live')
    .innerJoin('secumon.checkpoints as at', (join) =>
      join.onRef('at.projection', '=', 'live.projection').onRef('at.version', '=', 'live.version'),
    )
    .select(['at.stream', 'at.position', 'at.hash'])
    .where('at.stream', '=', stream)
    .where('live.projection', 'in', names)
    .execute()
  return rows.map(takenOf)
}

// Further back it reads the archive, and one whose process has died comes back to it.
const NEAR_MS = 3_600_000

async function nearPositions(db: Database, names: readonly string[], stream: string) {
  if (names.length === 0) return []
  return db
    .selectFrom('secumon.rebuilds as built')
    .innerJoin('secumon.checkpoints as at', (join) =>
      join.onRef('at.projection', '=', 'built.projection').onRef('at.version', '=', 'built.generation'),
    )
    .select('at.position')
    .where('at.stream', '=', stream)
    .where('built.projection', 'in', names)
    .where('built.phase', 'in', ['log', 'sealing'])
    .where('at.committed_at', '>', sql<number>`now() - ${NEAR_MS} * interval '1 millisecond'`)
    .execute()
}

const takenOf = ({ hash, ...place }: { stream: string; position: number; hash: Buffer | null }): Taken => ({
  ...place,
  hash: hash ?? undefined,
})
