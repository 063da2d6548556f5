// How long everything is kept, as configured.

import type { KeptDays } from '@secumon/projections/storage/kept-days'
import type { Config } from './config.ts'

/** Of each thing that is measured. */
export const keptDays = (config: Config): KeptDays => ({
  raw: config.rawDays,
  rollup5min: config.rollup5minDays,
  rollup1hour: config.rollup1hourDays,
  logs: config.logsDays,
})
