// How far the enabled projections have come in lanes.

import { ulidToUuid, uuidToUlid } from '@secumon/contracts/ids'
import { laneNumber, type LaneName } from '@secumon/contracts/lanes'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { sql, type Kysely } from 'kysely'
import type { Taken } from './lane-need.ts'

type Db = Kysely<PlatformTables>

/** An enabled projection and a stream that feeds it. */
export type Fed = { readonly projection: string; readonly stream: string }

/** A projection that has not taken a new lane's first record for so long lacks it no more than any other old one. */
const NEW_LANE_MS = 3_600_000

export type TakenOf = (lane: { readonly agent: string; readonly stream: string }) => readonly Taken[]

/** Live generations only: what is being rebuilt reads the archive itself. */
export async function takenOfLanes(
  database: Db,
  fed: readonly Fed[],
  asked: { readonly lane: LaneName; readonly agents: readonly string[] },
): Promise<TakenOf> {
  const begun = await begunAt(database, fed)
  const places = await placesOf(database, fed, asked)
  return ({ agent, stream }) =>
    fed
      .filter((each) => each.stream === stream)
      .flatMap(({ projection }): Taken[] => {
        const place = places.get(`${projection}/${agent}`)
        const sinceMs = begun.get(`${projection}/${stream}`)
        return place ? [place] : sinceMs === undefined ? [] : [{ nothingSinceMs: sinceMs - NEW_LANE_MS }]
      })
}

/** When each projection last committed from a stream; those that have not begun take it as they find it. */
async function begunAt(database: Db, fed: readonly Fed[]): Promise<ReadonlyMap<string, number>> {
  const rows = await database
    .selectFrom('secumon.checkpoints as at')
    .innerJoin('secumon.projection_live as live', (join) =>
      join.onRef('at.projection', '=', 'live.projection').onRef('at.version', '=', 'live.version'),
    )
    .select(['at.projection', 'at.stream', 'at.committed_at'])
    .where(sql<boolean>`at.projection = any(${namesOf(fed)}::text[])`)
    .where('at.position', '>', 0)
    .execute()
  return new Map(rows.map((row) => [`${row.projection}/${row.stream}`, row.committed_at]))
}

async function placesOf(
  database: Db,
  fed: readonly Fed[],
  { lane, agents }: { readonly lane: LaneName; readonly agents: readonly string[] },
) {
  const rows = await database
    .selectFrom('secumon.agent_position as at')
    .innerJoin('secumon.projection_live as live', (join) =>
      join.onRef('at.projection', '=', 'live.projection').onRef('at.version', '=', 'live.version'),
    )
    .select(['at.projection', 'at.agent', 'at.epoch', 'at.sequence', 'at.hash'])
    .where('at.lane', '=', laneNumber(lane))
    .where(sql<boolean>`at.projection = any(${namesOf(fed)}::text[])`)
    .where(sql<boolean>`at.agent = any(${agents.map(ulidToUuid)}::uuid[])`)
    .execute()
  return new Map(rows.map(({ projection, agent, ...place }) => [`${projection}/${uuidToUlid(agent)}`, place]))
}

const namesOf = (fed: readonly Fed[]): string[] => [...new Set(fed.map(({ projection }) => projection))]
