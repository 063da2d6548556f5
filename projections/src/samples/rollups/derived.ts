// What a rebuild has to know of rollups.

import type { BringingUp, DerivedTables } from '../../projector.ts'
import type { KeptDays } from '../../storage/kept-days.ts'
import { keptDaysOf } from '../retention-relations.ts'
import { ROLLUPS } from './definitions.ts'
import { refreshBuilt } from '../refresh-generation.ts'
import { sealDayOfRollups } from './seal-day.ts'

/** The rollups as tables that are made of the samples. */
export const derivedRollups = (kept: KeptDays): DerivedTables => ({
  tables: ROLLUPS.map((rollup) => ({
    name: rollup.name,
    of: rollup.table,
    agent: 'agent_id',
    time: 'time',
    keptDays: keptDaysOf(rollup, kept),
  })),
  bringUp,
  sealDay: sealDayOfRollups,
})

async function bringUp({ say, ...refresh }: BringingUp): Promise<void> {
  await refreshBuilt({
    ...refresh,
    onProgress: ({ name }, untilMs) =>
      say(`${name} made up to ${new Date(untilMs).toISOString().slice(0, 16)}Z`),
  })
}
