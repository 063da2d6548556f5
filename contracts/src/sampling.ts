// How often agents measure.

/** An agent's period is no shorter … */
export const SHORTEST_PERIOD_MS = 1_000
/** … and no longer. */
export const LONGEST_PERIOD_MS = 300_000
/** Between two lists of processes, unless an agent is told otherwise or its period is longer. */
export const PROCESS_PERIOD_MS = 60_000
