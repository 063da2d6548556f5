// What the table of a new generation could not know: how an agent was that has been silent for longer than archive and log
// reach back. It is taken from the row of the generation before.

import { sql } from 'kysely'
import type { GenerationTx } from '../projector.ts'
import { columnsOf } from '../rebuild/columns.ts'
import { HEADLINE_COLUMNS } from './store.ts'

const FROM_TELEMETRY = [
  'shard',
  'status',
  'status_since',
  'last_seen',
  'period_ms',
  'clock_offset_ms',
  ...HEADLINE_COLUMNS,
  'inventory',
  'units',
]

/** Agents that the new generation has heard nothing of; and inventory and units where it has not heard any yet. */
export async function carryOverPresences(tx: GenerationTx, from: string, to: string): Promise<void> {
  const [old, made] = [sql.table(`${from}.agents`), sql.table(`${to}.agents`)]
  const columns = sql.join(FROM_TELEMETRY.map((name) => sql`${sql.ref(name)} = o.${sql.ref(name)}`))
  await sql`update ${made} n set ${columns} from ${old} o
    where o.agent_id = n.agent_id and n.last_seen is null and o.last_seen is not null`.execute(tx)
  const known = new Set((await columnsOf(tx, to, 'agents')).map(({ name }) => name))
  const common = (await columnsOf(tx, from, 'agents')).filter(({ name }) => known.has(name))
  const list = sql.join(common.map(({ name }) => sql.ref(name)))
  await sql`insert into ${made} (${list}) select ${list} from ${old} o
    where not exists (select from ${made} n where n.agent_id = o.agent_id)`.execute(tx)
  await sql`update ${made} n set inventory = coalesce(n.inventory, o.inventory), units = coalesce(n.units, o.units)
    from ${old} o where o.agent_id = n.agent_id
      and ((n.inventory is null and o.inventory is not null) or (n.units is null and o.units is not null))`.execute(
    tx,
  )
}
