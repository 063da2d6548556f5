// Up to where a stream may be forgotten: what every enabled projection has taken, by its live generation.

import type { Database } from '@secumon/infra/database/database'
import type { Loop } from './projectors.ts'

type Fed = Pick<Loop, 'stream'> & { readonly projector: Pick<Loop['projector'], 'name'> }

/** Projections that have not begun hold everything. A stream that feeds none is nobody's to forget. */
export async function safePosition(
  db: Database,
  loops: readonly Fed[],
  stream: string,
): Promise<number | undefined> {
  const names = loops.filter((loop) => loop.stream === stream).map(({ projector }) => projector.name)
  if (names.length === 0) return undefined
  const rows = await db
    .selectFrom('secumon.projection_live as live')
    .innerJoin('secumon.checkpoints as at', (join) =>
      join.onRef('at.projection', '=', 'live.projection').onRef('at.version', '=', 'live.version'),
    )
    .select(['live.projection', 'at.position'])
    .where('at.stream', '=', stream)
    .where('live.projection', 'in', names)
    .execute()
  return rows.length < names.length ? undefined : Math.min(...rows.map(({ position }) => position))
}
