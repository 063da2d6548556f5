// The rollups of a generation are kept up to date, each in the form that it has: aggregates of the database, and tables of
// ours, which may be made of those.

import { refreshAggregates, refreshWhole } from './continuous/refresh.ts'
import { refreshRollups, type Refresh, type Refreshed } from './rollups/refresh.ts'

/** Makes what has to be made by now, of a generation that is read. @throws the signal's reason */
export const refreshGeneration = async (refresh: Refresh): Promise<Refreshed> =>
  together(await refreshAggregates(refresh), await refreshRollups(refresh))

/** Makes all there is, of a generation that is about to be read. @throws the signal's reason */
export const refreshBuilt = async (refresh: Refresh): Promise<Refreshed> =>
  together(await refreshWhole(refresh), await refreshRollups(refresh))

const together = (a: Refreshed, b: Refreshed): Refreshed => ({
  steppedMs: a.steppedMs + b.steppedMs,
  remade: a.remade + b.remade,
  tooLate: a.tooLate + b.tooLate,
})
