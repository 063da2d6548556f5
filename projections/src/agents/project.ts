// The fleet read model: who there is, whether they are there, and the few values that stand for them.

import { liveFleetSubject } from '@secumon/contracts/subjects'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Fact, GenerationTx, Projector } from '../projector.ts'
import { foldShard, type ShardState } from './fold.ts'
import { listChanged } from './queries.ts'
import { projectRegistrations } from './registrations.ts'
import { carryOverPresences } from './carry-over.ts'
import { loadShard, writeShard } from './store.ts'
import { AGENTS_TABLES, createAgentsTables } from './tables.ts'

export type AgentsProjectorOptions = {
  /** Where changed rows are announced, per tenant, for who is looking now. Absent in a rebuild. */
  readonly live?: Pick<EventLog, 'publishLive'>
}

function shardOfStream(stream: string): number | undefined {
  const shard = /^TELEMETRY_(\d+)$/.exec(stream)?.[1]
  return shard === undefined ? undefined : Number(shard)
}

/** One instance per loop is not needed: what it remembers is kept by shard. */
export function agentsProjector({ live }: AgentsProjectorOptions = {}): Projector {
  // State as of the last commit. It is taken out while a batch is under way: after a failed one it is read again.
  const confirmed = new Map<number, ShardState>()

  async function projectShard(shard: number, batch: readonly Fact[], { tx, schema }: Target) {
    const state = confirmed.get(shard) ?? (await loadShard(tx, schema, shard))
    confirmed.delete(shard)
    const touched = foldShard(state, batch)
    await writeShard(tx, schema, { shard, hearing: state.hearing, touched })
    const announcements = live
      ? await listChanged(tx, schema, [...touched.presences])
      : new Map<string, unknown>()
    return () => {
      confirmed.set(shard, state)
      announce(announcements)
    }
  }

  function announce(rowsByTenant: ReadonlyMap<string, unknown>): void {
    for (const [tenant, rows] of rowsByTenant)
      live?.publishLive(liveFleetSubject(tenant), Buffer.from(JSON.stringify(rows)))
  }

  return {
    name: 'agents',
    version: 1,
    feeds: ['events', 'telemetry'],
    sink: 'sql',
    createTables: createAgentsTables,
    tables: AGENTS_TABLES,
    carryOver: carryOverPresences,
    forget: (stream) => void confirmed.delete(shardOfStream(stream) ?? -1),
    async project(batch, tx, schema) {
      const shard = shardOfStream(batch[0]?.source.stream ?? '')
      if (shard !== undefined) return projectShard(shard, batch, { tx, schema })
      const announcements = await projectRegistrations(batch, { tx, schema })
      return () => announce(announcements)
    },
  }
}

type Target = { readonly tx: GenerationTx; readonly schema: string }
