// What of a sample table is a row of a dimension, and how the row is called there.

import { customNameOf } from '@secumon/contracts/custom-metrics'
import type { Dimension, Metric } from '@secumon/contracts/metrics'
import { sql, type RawBuilder } from 'kysely'

/** Of rows `r`. */
export type DimensionRows = {
  readonly name: RawBuilder<unknown>
  /** What of the table that takes. */
  readonly columns: readonly string[]
  readonly from?: RawBuilder<unknown>
  readonly where?: RawBuilder<unknown>
}

const HOST: DimensionRows = { name: sql`null::text`, columns: [] }

// Cores and sensors are arrays in a host's row; the others have rows of their own.
const NAMED: Record<Exclude<Dimension, 'labels'>, DimensionRows> = {
  core: {
    name: sql`(e.i - 1)::text`,
    columns: ['cpu_core_busy_percent'],
    from: sql`cross join lateral unnest(r.cpu_core_busy_percent) with ordinality as e (value, i)`,
  },
  sensor: {
    name: sql`e.sensor`,
    columns: ['temperature_sensor', 'temperature_celsius'],
    from: sql`cross join lateral unnest(r.temperature_sensor, r.temperature_celsius) as e (sensor, value)`,
  },
  mount: { name: sql`r.mount`, columns: ['mount'], where: sql`r.mount is not null` },
  device: { name: sql`r.device`, columns: ['mount', 'device'], where: sql`r.mount is null` },
  interface: { name: sql`r.interface`, columns: ['interface'] },
  process: { name: sql`r.name || ' (' || r.pid || ')'`, columns: ['name', 'pid'] },
  check: { name: sql`r.check_id`, columns: ['check_id'] },
}

// One metric of all that lie in the table.
const labelsOf = (key: string): DimensionRows => ({
  name: sql`r.labels`,
  columns: ['metric', 'labels'],
  where: sql`r.metric = ${customNameOf(key)}`,
})

/** Rows of the metric's dimension, or of the host itself. */
export function rowsOf({ key, dimension }: Pick<Metric, 'key' | 'dimension'>): DimensionRows {
  if (dimension === 'labels') return labelsOf(key)
  return dimension ? NAMED[dimension] : HOST
}

/** Where a row that was measured has the metric's value. */
export const valueOf = ({ column, dimension }: Pick<Metric, 'column' | 'dimension'>): RawBuilder<unknown> =>
  dimension === 'core' || dimension === 'sensor' ? sql`e.value` : sql`r.${sql.ref(column)}`
