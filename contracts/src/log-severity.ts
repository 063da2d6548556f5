// The severities of log lines: their names, in the order of their numbers in frames and tables.

/** Index = number of `LogSeverity`; `none` where a source names none, then the worst first. */
export const LOG_SEVERITIES = [
  'none',
  'emergency',
  'alert',
  'critical',
  'error',
  'warning',
  'notice',
  'info',
  'debug',
] as const

export type LogSeverityName = (typeof LOG_SEVERITIES)[number]

/** The name of a number; what a newer agent may call otherwise is `none`. */
export const logSeverityName = (severity: number): LogSeverityName => LOG_SEVERITIES[severity] ?? 'none'

/** Why lines are missing, by name. */
export const LOG_LOSSES = ['unspecified', 'rate', 'spool_full', 'file_gone', 'gap'] as const

export type LogLoss = (typeof LOG_LOSSES)[number]
