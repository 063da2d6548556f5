// How bad a line is, by its own word: `level` of a JSON line, else a word near its beginning.

import { LogSeverity } from '@secumon/contracts/gen/log'

const WORDS: Readonly<Record<string, LogSeverity>> = {
  emerg: LogSeverity.EMERGENCY,
  emergency: LogSeverity.EMERGENCY,
  panic: LogSeverity.EMERGENCY,
  alert: LogSeverity.ALERT,
  crit: LogSeverity.CRITICAL,
  critical: LogSeverity.CRITICAL,
  fatal: LogSeverity.CRITICAL,
  severe: LogSeverity.ERROR,
  err: LogSeverity.ERROR,
  error: LogSeverity.ERROR,
  warn: LogSeverity.WARNING,
  warning: LogSeverity.WARNING,
  notice: LogSeverity.NOTICE,
  info: LogSeverity.INFO,
  information: LogSeverity.INFO,
  informational: LogSeverity.INFO,
  log: LogSeverity.INFO,
  debug: LogSeverity.DEBUG,
  trace: LogSeverity.DEBUG,
  verbose: LogSeverity.DEBUG,
}

/** Of syslog and the journal: 0 emergency – 7 debug. */
export const severityOfPriority = (priority: number): LogSeverity =>
  SEVERITIES[priority] ?? LogSeverity.UNSPECIFIED

const SEVERITIES: readonly LogSeverity[] = [
  LogSeverity.EMERGENCY,
  LogSeverity.ALERT,
  LogSeverity.CRITICAL,
  LogSeverity.ERROR,
  LogSeverity.WARNING,
  LogSeverity.NOTICE,
  LogSeverity.INFO,
  LogSeverity.DEBUG,
]

/** Of a JSON line: a word, or pino's and bunyan's number. */
export function severityOfLevel(level: unknown): LogSeverity {
  if (typeof level === 'string') return WORDS[level.toLowerCase()] ?? LogSeverity.UNSPECIFIED
  if (typeof level !== 'number' || level < 10) return LogSeverity.UNSPECIFIED
  if (level < 30) return LogSeverity.DEBUG
  if (level < 40) return LogSeverity.INFO
  if (level < 50) return LogSeverity.WARNING
  return level < 60 ? LogSeverity.ERROR : LogSeverity.CRITICAL
}

const LOOKED_AT = 160
// Upper case, or lower case where it cannot be part of a sentence: `[warn]`, `level=warn`, `warn:`.
const WORD =
  /(?:^|[\s[(<|:"])(EMERG(?:ENCY)?|PANIC|ALERT|CRIT(?:ICAL)?|FATAL|SEVERE|ERR(?:OR)?|WARN(?:ING)?|NOTICE|INFO|LOG|DEBUG|TRACE)(?=[\s\])}>|:,"]|$)|\[([a-z]+)\]|\blevel="?([A-Za-z]+)|(?:^|[\s:])(emerg|alert|crit|fatal|error|warn|warning|notice|info|debug|trace):/g

/** Of a line of text. */
export function severityOfText(text: string): LogSeverity {
  const beginning = text.length > LOOKED_AT ? text.slice(0, LOOKED_AT) : text
  WORD.lastIndex = 0
  for (let match = WORD.exec(beginning); match; match = WORD.exec(beginning)) {
    const word = match[1] ?? match[2] ?? match[3] ?? match[4] ?? ''
    const severity = WORDS[word.toLowerCase()]
    if (severity !== undefined) return severity
  }
  return LogSeverity.UNSPECIFIED
}
