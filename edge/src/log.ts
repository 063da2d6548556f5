// The agent's log: one JSON line an entry on standard error, in pino's layout. Pino itself would cost memory on
// other people's servers.

export type LogFields = Readonly<Record<string, unknown>>

export type EdgeLogger = {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export type LogLevel = keyof EdgeLogger

const LEVELS: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 }

export const isLogLevel = (text: string): text is LogLevel => text in LEVELS

/** A logger for entries of `level` and above. Errors in the fields are written as their message. */
export function createLogger(
  level: LogLevel = 'info',
  write: (line: string) => void = (line) => process.stderr.write(line),
): EdgeLogger {
  const entry = (name: LogLevel) => (message: string, fields?: LogFields) => {
    if (LEVELS[name] < LEVELS[level]) return
    write(`${JSON.stringify({ level: LEVELS[name], time: Date.now(), msg: message, ...fields }, plain)}\n`)
  }
  return { debug: entry('debug'), info: entry('info'), warn: entry('warn'), error: entry('error') }
}

const plain = (_: string, value: unknown): unknown => {
  if (value instanceof Error) return value.message
  return typeof value === 'bigint' ? Number(value) : value
}
