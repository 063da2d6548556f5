// Up to where a stream may be forgotten: what every enabled projection has taken, by its live generation, and the archive.

import type { Database } from '@secumon/infra/database/database'
import { ARCHIVE } from '@secumon/projections/archive/archive-key'
import type { Loop } from './projectors.ts'

type Fed = Pick<Loop, 'stream'> & { readonly projector: Pick<Loop['projector'], 'name'> }

/** What has not begun, projection or archive, holds everything. */
export async function safePosition(
  db: Database,
  loops: readonly Fed[],
  stream: string,
): Promise<number | undefined> {
  const names = loops.filter((loop) => loop.stream === stream).map(({ projector }) => projector.name)
  const taken = [...(await archivedPositions(db, stream)), ...(await projectedPositions(db, names, stream))]
  return taken.length < names.length + 1 ? undefined : Math.min(...taken)
}

async function archivedPositions(db: Database, stream: string): Promise<number[]> {
  const rows = await db
    .selectFrom('secumon.checkpoints')
    .select('position')
    .where('projection', '=', ARCHIVE.projection)
    .where('version', '=', ARCHIVE.version)
    .where('stream', '=', stream)
    .execute()
  return rows.map(({ position }) => position)
}

async function projectedPositions(db: Database, names: readonly string[], stream: string): Promise<number[]> {
  if (names.length === 0) return []
  const rows = await db
    .selectFrom('secumon.projection_live as live')
    .innerJoin('secumon.checkpoints as at', (join) =>
      join.onRef('at.projection', '=', 'live.projection').onRef('at.version', '=', 'live.version'),
    )
    .select('at.position')
    .where('at.stream', '=', stream)
    .where('live.projection', 'in', names)
    .execute()
  return rows.map(({ position }) => position)
}
