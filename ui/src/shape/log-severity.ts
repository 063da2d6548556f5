// The severities of log lines: their order, their words, and the three kinds that a colour or a bar stands for.

import type { TextKey } from '../i18n/en.ts'
import type { LogSeverity } from '../lib/api-types.ts'

/** The worst first; `none` is what a source gave no severity. */
export const LOG_SEVERITIES: readonly LogSeverity[] = [
  'emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug', 'none',
] // prettier-ignore

/** What a line is to who looks for trouble. */
export type SeverityKind = 'error' | 'warning' | 'other'
export const SEVERITY_KINDS: readonly SeverityKind[] = ['error', 'warning', 'other']

const KINDS: Readonly<Partial<Record<LogSeverity, SeverityKind>>> = {
  emergency: 'error',
  alert: 'error',
  critical: 'error',
  error: 'error',
  warning: 'warning',
}

/** Errors and worse, warnings, and everything else. */
export const kindOf = (severity: LogSeverity): SeverityKind => KINDS[severity] ?? 'other'

/** The word for a severity. */
export const LOG_SEVERITY_WORD: Readonly<Record<LogSeverity, TextKey>> = {
  emergency: 'logEmergency',
  alert: 'logAlert',
  critical: 'logCritical',
  error: 'logError',
  warning: 'logWarning',
  notice: 'logNotice',
  info: 'logInfo',
  debug: 'logDebug',
  none: 'logNone',
}
