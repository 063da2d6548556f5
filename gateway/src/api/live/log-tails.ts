// Everybody who follows logs. A tenant's lines are heard once, however many follow them.

import { liveLogsSubject } from '@secumon/contracts/subjects'
import type { Clock } from '@secumon/domain/clock'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import { lineMatcher, type MatchMessages } from '@secumon/projections/logs/queries/line-filter'
import type { LogLine } from '@secumon/projections/logs/queries/log-line'
import type { LineFilter } from '@secumon/projections/logs/queries/log-store'
import type { Logger } from 'pino'
import { LogTailEvent } from '../schemas/logs.ts'
import { LogTail } from './log-tail.ts'
import type { OpenStreams, StreamOwner } from './open-streams.ts'

/** Lines of so long are told as one event. */
const TELL_MS = 250

export type LogTailsDeps = {
  readonly log: Pick<EventLog, 'subscribeLive'>
  readonly streams: OpenStreams
  readonly matchMessages: MatchMessages
  readonly clock: Clock
  readonly logger: Logger
}

type Heard = { readonly tails: Set<LogTail>; readonly stop: () => void }

export class LogTails {
  readonly #deps: LogTailsDeps
  readonly #tenants = new Map<string, Heard>()

  constructor(deps: LogTailsDeps) {
    this.#deps = deps
  }

  /** @throws Failure 429 or 503 when too many streams are open, LogQueryRefused when the expression is none */
  async open(owner: StreamOwner, filter: LineFilter): Promise<ReadableStream<Uint8Array>> {
    const { streams, clock } = this.#deps
    // Before, so that nothing is done for who may not; behind, as others have come while the expression was tried.
    streams.admit(owner.principal)
    const { tenant } = owner.principal.scope
    const narrow = await this.#narrowing(filter.regex)
    streams.admit(owner.principal)
    const tail = new LogTail({
      matches: lineMatcher(filter),
      narrow,
      nowMs: () => clock.monotonicMs(),
      onClosed: () => {
        leave()
        this.#leave(tenant, tail)
      },
    })
    const leave = streams.add(owner, tail)
    this.#hear(tenant).tails.add(tail)
    return tail.stream
  }

  async #narrowing(regex: string | undefined) {
    if (regex === undefined) return undefined
    const { matchMessages } = this.#deps
    await matchMessages(regex, [])
    return async (lines: readonly LogLine[]): Promise<readonly LogLine[]> => {
      const matching = await matchMessages(
        regex,
        lines.map(({ message }) => message),
      )
      return lines.filter((_, i) => matching[i])
    }
  }

  #hear(tenant: string): Heard {
    const known = this.#tenants.get(tenant)
    if (known) return known
    const tails = new Set<LogTail>()
    const unsubscribe = this.#deps.log.subscribeLive(liveLogsSubject(tenant), (payload) => {
      const { lines, skipped } = this.#read(payload)
      for (const tail of tails) tail.offer(lines, skipped)
    })
    const telling = setInterval(() => {
      for (const tail of tails) void tail.tell()
    }, TELL_MS)
    const stop = (): void => {
      unsubscribe()
      clearInterval(telling)
    }
    const heard = { tails, stop }
    this.#tenants.set(tenant, heard)
    return heard
  }

  #read(payload: Uint8Array) {
    try {
      return LogTailEvent.parse(JSON.parse(Buffer.from(payload).toString('utf8')))
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'a live message of log lines was not understood')
      return { lines: [], skipped: 0 }
    }
  }

  #leave(tenant: string, tail: LogTail): void {
    const heard = this.#tenants.get(tenant)
    heard?.tails.delete(tail)
    if (heard?.tails.size !== 0) return
    heard.stop()
    this.#tenants.delete(tenant)
  }
}
