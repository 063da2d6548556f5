// A line of a log as a line of CSV: times in ISO 8601 UTC.

import type { Cell } from '@secumon/contracts/csv'
import type { LogLine } from '@secumon/projections/logs/queries/log-line'

const COLUMNS: Readonly<Record<string, (line: LogLine) => Cell>> = {
  time: ({ time }) => new Date(time).toISOString(),
  severity: ({ severity }) => severity,
  agent_id: ({ agent }) => agent,
  source: ({ source }) => source,
  unit: ({ unit }) => unit,
  message: ({ message }) => message,
  dropped_lines: ({ dropped }) => dropped?.lines,
  dropped_reason: ({ dropped }) => dropped?.reason,
  id: ({ id }) => id,
}

/** Names of the columns, in their order. */
export const LOG_CSV_HEADER: readonly string[] = Object.keys(COLUMNS)

/** The cells of one line, in the order of the header. */
export const logCells = (line: LogLine): Cell[] => Object.values(COLUMNS).map((cell) => cell(line))
