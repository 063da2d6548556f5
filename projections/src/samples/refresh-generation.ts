// The rollups of a generation are kept up to date in the form that they have: tables of ours, or aggregates of the database.

import { isHypertable } from '@secumon/migrations/timescale'
import { refreshAggregates, refreshWhole } from './continuous/refresh.ts'
import { refreshRollups, type Refresh, type Refreshed } from './rollups/refresh.ts'

/** Makes what has to be made by now, of a generation that is read. @throws the signal's reason */
export const refreshGeneration = async (refresh: Refresh): Promise<Refreshed> =>
  (await isChunked(refresh)) ? refreshAggregates(refresh) : refreshRollups(refresh)

/** Makes all there is, of a generation that is about to be read. @throws the signal's reason */
export const refreshBuilt = async (refresh: Refresh): Promise<Refreshed> =>
  (await isChunked(refresh)) ? refreshWhole(refresh) : refreshRollups(refresh)

const isChunked = ({ db, generation: { schema } }: Refresh): Promise<boolean> =>
  isHypertable(db, { schema, table: 'metrics' })
