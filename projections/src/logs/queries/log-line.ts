// A line of a log as people and programs read it, wherever it is stored.

import type { LogLoss, LogSeverityName } from '@secumon/contracts/log-severity'

/** Lines that were there and will never come. Times are milliseconds since 1970 UTC. */
export type Dropped = {
  reason: LogLoss
  /** 0 where nobody could count. */
  lines: number
  bytes: number
  from: number
  until: number
}

export type LogLine = {
  /** `<agent>.<epoch>.<sequence>.<index>`. */
  id: string
  /** Milliseconds since 1970 UTC. */
  time: number
  /** ULID. */
  agent: string
  source: string
  unit: string | null
  severity: LogSeverityName
  message: string
  dropped?: Dropped | undefined
}

/** The place of a line in its agent's chain. */
export type LinePlace = {
  readonly agent: string
  readonly epoch: number
  readonly sequence: number
  readonly index: number
}

/** The name of a line. */
export const lineId = ({ agent, epoch, sequence, index }: LinePlace): string =>
  `${agent}.${epoch}.${sequence}.${index}`

/** What a name says; undefined when it is none. */
export function linePlace(id: string): LinePlace | undefined {
  const [, agent, ...numbers] =
    /^([0-7][0-9A-HJKMNP-TV-Z]{25})\.(\d{1,16})\.(\d{1,16})\.(\d{1,9})$/.exec(id) ?? []
  const [epoch, sequence, index] = numbers.map(Number)
  if (agent === undefined || epoch === undefined || sequence === undefined || index === undefined)
    return undefined
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(sequence)
    ? { agent, epoch, sequence, index }
    : undefined
}
