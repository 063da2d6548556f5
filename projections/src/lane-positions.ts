// agent_position: the book of lanes. Read once per agent and kept while the agent is active, written once per batch.

import { ulidToUuid, uuidToUlid } from '@secumon/contracts/ids'
import { laneNumber, type LaneName } from '@secumon/contracts/lanes'
import { sql } from 'kysely'
import { noAdmission, type Admission, type PlatformTx, type PositionBook } from './admission.ts'
import { BoundedMap } from './bounded-map.ts'
import {
  admitToLane,
  advanceLane,
  expectedAfter,
  type LaneFact,
  type LanePosition,
} from './lane-admission.ts'
import type { Fact } from './projector.ts'

/** Agents remembered; some 300 bytes each. */
const REMEMBERED = 50_000

/** What positions are kept under: `version` is the number of the generation. */
export type Projection = { readonly projection: string; readonly version: number }

/** A book for the records of one lane of one shard. */
export function lanePositions({ projection, version }: Projection, lane: LaneName): PositionBook {
  const confirmed = new BoundedMap<string, LanePosition>(REMEMBERED)
  let pending = new Map<string, LanePosition>()
  const laneId = laneNumber(lane)

  async function load(tx: PlatformTx, facts: readonly Fact[]): Promise<Map<string, LanePosition>> {
    const positions = new Map<string, LanePosition>()
    const unknown = new Set<string>()
    for (const { header } of facts.filter(isLaneFact)) {
      const position = confirmed.get(header.agent)
      if (position) positions.set(header.agent, position)
      else unknown.add(header.agent)
    }
    if (unknown.size === 0) return positions
    const rows = await tx
      .selectFrom('secumon.agent_position')
      .select(['agent', 'epoch', 'sequence', 'hash', 'horizon_epoch', 'horizon_sequence', 'horizon_at'])
      .where('projection', '=', projection)
      .where('version', '=', version)
      .where('lane', '=', laneId)
      .where(sql<boolean>`agent = any(${[...unknown].map(ulidToUuid)}::uuid[])`)
      .execute()
    for (const { agent, epoch, sequence, hash, ...row } of rows) {
      const horizon = {
        epoch: row.horizon_epoch,
        sequence: row.horizon_sequence,
        atMs: row.horizon_at ?? undefined,
      }
      positions.set(uuidToUlid(agent), { epoch, sequence, head: { hash }, horizon })
    }
    return positions
  }

  async function admit(tx: PlatformTx, facts: readonly Fact[]): Promise<Admission> {
    const positions = await load(tx, facts)
    const admission = noAdmission()
    pending = new Map()
    for (const fact of facts) {
      if (!isLaneFact(fact)) {
        admission.admitted.push(fact)
        continue
      }
      const last = positions.get(fact.header.agent)
      const verdict = admitToLane(last, fact)
      if (verdict === 'seen' || verdict === 'forked') {
        admission[verdict].push(fact)
        continue
      }
      if (verdict === 'hole')
        admission.holes.push({ fact, expected: expectedAfter(last), found: placeOf(fact) })
      const next = advanceLane(last, fact)
      positions.set(fact.header.agent, next)
      pending.set(fact.header.agent, next)
      admission.admitted.push(fact)
    }
    return admission
  }

  async function write(tx: PlatformTx): Promise<void> {
    if (pending.size === 0) return
    const positions = [...pending.values()]
    const column = (value: (position: LanePosition) => unknown) => sql`${positions.map(value)}`
    await sql`insert into secumon.agent_position as p
        (projection, version, lane, agent, epoch, sequence, hash, horizon_epoch, horizon_sequence, horizon_at)
      select ${projection}, ${version}::int, ${laneId}::smallint, agent, epoch, sequence, decode(hash, 'base64'), he, hs,
        to_timestamp(ha / 1000)
      from unnest(${[...pending.keys()].map(ulidToUuid)}::uuid[], ${column((p) => p.epoch)}::bigint[],
        ${column((p) => p.sequence)}::bigint[], ${column((p) => Buffer.from(p.head.hash).toString('base64'))}::text[],
        ${column((p) => p.horizon.epoch)}::bigint[], ${column((p) => p.horizon.sequence)}::bigint[],
        ${column((p) => p.horizon.atMs ?? null)}::float8[])
        as r (agent, epoch, sequence, hash, he, hs, ha)
      on conflict (projection, version, agent, lane) do update
        set epoch = excluded.epoch, sequence = excluded.sequence, hash = excluded.hash`.execute(tx)
  }

  function confirm(): void {
    // The hash alone is kept: the fact behind it would keep the whole batch in memory.
    for (const [agent, position] of pending)
      confirmed.set(agent, { ...position, head: { hash: Uint8Array.from(position.head.hash) } })
    pending = new Map()
  }

  return { admit, write, confirm, forget: () => confirmed.clear() }
}

const isLaneFact = (fact: Fact): fact is LaneFact => fact.kind === 'frame' || fact.kind === 'gap'

const placeOf = ({ kind, header }: LaneFact): string =>
  kind === 'frame'
    ? `epoch ${header.epoch} sequence ${header.sequence}`
    : `epoch ${header.epoch} gap ${header.first} – ${header.last}`
