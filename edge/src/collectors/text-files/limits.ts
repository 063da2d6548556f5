// Where and how often files of programs are read, unless somebody says otherwise.

/** In the agent's state directory: whoever may write there is root or the agent itself. */
export const TEXT_FILES_DIRECTORY = 'metrics.d'

export const TEXT_FILES_DEFAULTS = { intervalMs: 60_000, maxAgeMs: 3_600_000 } as const

/** Inclusive limits of what may be asked. */
export const TEXT_FILES_LIMITS = {
  intervalMs: [10_000, 300_000],
  maxAgeMs: [60_000, 31 * 86_400_000],
} as const
