// Where chains and aggregates stand in the archive: what the archiver has committed to the database, and what of a
// newer archive an older database does not know.

import { uuidToUlid } from '@secumon/contracts/ids'
import { laneName } from '@secumon/contracts/lanes'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { AggregateHeadEntry, ArchiveReader, ChainHeadEntry } from '../archive/archive.ts'
import { comparePlaces } from './lane-place.ts'
import { unlessDamaged } from './unless-damaged.ts'

/** The archiver's name where positions are kept. */
export const ARCHIVE_PROJECTION = 'archive'

export type ArchivedHeads = {
  /** The newest flush. */
  readonly flush: number
  /** One for each agent and lane: the newest epoch's. */
  readonly chains: readonly ChainHeadEntry[]
  readonly aggregates: readonly AggregateHeadEntry[]
}

type Db = Kysely<PlatformTables>

/** @throws what the archive or the database throws when it cannot be read */
export async function archivedHeads(
  database: Db,
  archive: ArchiveReader,
  logger: Logger,
): Promise<ArchivedHeads> {
  const committed = await committedFlush(database)
  const { chains, strangers } = await committedChains(database)
  const newer = await unlessDamaged(
    logger,
    () => headsSince(archive, strangers ? 0 : committed),
    NOTHING_NEWER,
  )
  return {
    flush: Math.max(newer.flush, committed),
    chains: newestChains([...chains, ...newer.chains]),
    aggregates: newestAggregates([...(await committedAggregates(database)), ...newer.aggregates]),
  }
}

const NOTHING_NEWER: ArchivedHeads = { flush: 0, chains: [], aggregates: [] }

/** The list of segments tells whether there is anything newer to look into. */
async function headsSince(archive: ArchiveReader, flush: number): Promise<ArchivedHeads> {
  const written = Math.max(0, ...(await archive.segments()).map(({ lastFlush }) => lastFlush))
  return written > flush ? archive.heads(flush) : { ...NOTHING_NEWER, flush: written }
}

async function committedFlush(database: Db): Promise<number> {
  const row = await database.selectFrom('secumon.archive_progress').select('flush').executeTakeFirst()
  return row?.flush ?? 0
}

/** Positions carry no tenant: the agent's identity does. `strangers`: there are chains without one. */
async function committedChains(database: Db): Promise<{ chains: ChainHeadEntry[]; strangers: boolean }> {
  const tenants = await tenantsOfAgents(database)
  const rows = await database
    .selectFrom('secumon.agent_position')
    .select(['agent', 'lane', 'epoch', 'sequence', 'hash'])
    .where('projection', '=', ARCHIVE_PROJECTION)
    .execute()
  const chains = rows.flatMap(({ agent: uuid, lane: number, ...place }) => {
    const agent = uuidToUlid(uuid)
    const [tenant, lane] = [tenants.get(agent), laneName(number)]
    return tenant !== undefined && lane ? [{ tenant, agent, lane, ...place }] : []
  })
  return { chains, strangers: chains.length < rows.length }
}

async function tenantsOfAgents(database: Db): Promise<ReadonlyMap<string, string>> {
  const rows = await database
    .selectFrom('secumon.aggregate_position')
    .select(['tenant', 'id'])
    .distinct()
    .where('aggregate', '=', 'identity')
    .execute()
  return new Map(rows.map(({ id, tenant }) => [id, tenant]))
}

const committedAggregates = async (database: Db): Promise<AggregateHeadEntry[]> =>
  database
    .selectFrom('secumon.aggregate_position')
    .select(['tenant', 'aggregate', 'id', 'last_version as version', 'command_id as commandId'])
    .where('projection', '=', ARCHIVE_PROJECTION)
    .execute()

function newestChains(entries: readonly ChainHeadEntry[]): ChainHeadEntry[] {
  const newest = new Map<string, ChainHeadEntry>()
  for (const entry of entries) {
    const key = `${entry.agent}/${entry.lane}`
    const known = newest.get(key)
    if (!known || comparePlaces(entry, known) > 0) newest.set(key, entry)
  }
  return [...newest.values()]
}

function newestAggregates(entries: readonly AggregateHeadEntry[]): AggregateHeadEntry[] {
  const newest = new Map<string, AggregateHeadEntry>()
  for (const entry of entries) {
    const key = `${entry.tenant}/${entry.aggregate}/${entry.id}`
    if (entry.version > (newest.get(key)?.version ?? 0)) newest.set(key, entry)
  }
  return [...newest.values()]
}
