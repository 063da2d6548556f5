// One logger per process: JSON lines on standard output.

import { pino, type Logger } from 'pino'

/** @param process what the lines say they come from, e.g. `ingest` */
export const createLogger = (process: string, level: string): Logger =>
  pino({
    level,
    base: { process },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secrets, remove: true },
  })

// Nothing hands these to the logger; should somebody do it one day, they still do not come out.
const secrets = [
  'password',
  'token',
  'secret',
  'authorization',
  '*.password',
  '*.token',
  '*.secret',
  '*.authorization',
]
