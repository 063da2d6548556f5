// The rollups of a generation are kept up to date in the form that they have: tables of ours, or aggregates of the database.

import { aggregatesOf } from './continuous/aggregates.ts'
import { refreshAggregates, refreshWhole } from './continuous/refresh.ts'
import { refreshRollups, type Refresh, type Refreshed } from './rollups/refresh.ts'

/** Makes what has to be made by now, of a generation that is read. @throws the signal's reason */
export const refreshGeneration = async (refresh: Refresh): Promise<Refreshed> =>
  (await isRolledUpByDatabase(refresh)) ? refreshAggregates(refresh) : refreshRollups(refresh)

/** Makes all there is, of a generation that is about to be read. @throws the signal's reason */
export const refreshBuilt = async (refresh: Refresh): Promise<Refreshed> =>
  (await isRolledUpByDatabase(refresh)) ? refreshWhole(refresh) : refreshRollups(refresh)

const isRolledUpByDatabase = async ({ db, generation: { schema } }: Refresh): Promise<boolean> =>
  (await aggregatesOf(db, schema)).size > 0
