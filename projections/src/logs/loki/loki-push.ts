// Lines into Loki, in requests of bounded size. What Loki cannot take now is tried again for a while; what it will never
// take, for it is too old for Loki, is left aside and counted: the archive has it.

import { setTimeout as delay } from 'node:timers/promises'
import { SinkUnavailable } from '../../failure.ts'
import { LokiAway, LokiRefusal, type AskLoki } from './loki-client.ts'
import type { Entry, Stream } from './loki-entries.ts'

export type PushOptions = {
  readonly ask: AskLoki
  /** Before the second attempt; doubles with each. */
  readonly pauseMs?: number
  /** Attempts of one request end after so long; the loop begins again then. */
  readonly patienceMs?: number
}

/** What one tenant's lines are sent as. */
export type Labelled = { readonly labels: Record<string, string>; readonly entry: Entry }

/** Loki takes some MiB in a request, its defaults a few for a tenant in a second. */
const MAX_CHARACTERS = 1024 ** 2
const MAX_ENTRIES = 5_000
const REQUEST_WITHIN_MS = 10_000
const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 5_000
const PATIENCE_MS = 20_000

/** What is refused for its time alone; the other entries of the request are taken. */
const SET_ASIDE = /too far behind|timestamp too old|timestamp too new|out of order/

/** The lines were refused for what they are; the message says how. */
export class LinesRefused extends Error {
  override readonly name = 'LinesRefused'
}

/**
 * Sends lines of one tenant; returns how many were left aside. Sending them again changes nothing.
 * @throws SinkUnavailable when Loki does not take them now, LinesRefused when it never will
 */
export async function pushLines(
  options: PushOptions,
  tenant: string,
  lines: readonly Labelled[],
): Promise<number> {
  let leftAside = 0
  for (const part of partsOf(lines)) leftAside += await pushPart(options, tenant, part)
  return leftAside
}

function* partsOf(lines: readonly Labelled[]): Generator<readonly Labelled[]> {
  let part: Labelled[] = []
  let characters = 0
  for (const line of lines) {
    const length = line.entry[1].length
    if (part.length > 0 && (part.length >= MAX_ENTRIES || characters + length > MAX_CHARACTERS)) {
      yield part
      part = []
      characters = 0
    }
    part.push(line)
    characters += length
  }
  if (part.length > 0) yield part
}

async function pushPart(options: PushOptions, tenant: string, part: readonly Labelled[]): Promise<number> {
  const { ask, pauseMs = FIRST_PAUSE_MS, patienceMs = PATIENCE_MS } = options
  const body = JSON.stringify({ streams: streamsOf(part) })
  const endsMs = performance.now() + patienceMs
  for (let attempt = 0; ; attempt++) {
    try {
      await ask({ tenant, path: 'push', body, timeoutMs: REQUEST_WITHIN_MS })
      return 0
    } catch (error) {
      if (error instanceof LokiRefusal && error.status === 400 && SET_ASIDE.test(error.message))
        return ignoredOf(error.message, part.length)
      const waitMs = waitOf(error, pauseMs * 2 ** attempt)
      if (performance.now() + waitMs > endsMs)
        throw new SinkUnavailable('Loki does not take the lines now', { cause: error })
      await delay(waitMs)
    }
  }
}

function streamsOf(part: readonly Labelled[]): Stream[] {
  const streams = new Map<string, Stream>()
  for (const { labels, entry } of part) {
    const key = JSON.stringify(labels)
    const known = streams.get(key) ?? { stream: labels, values: [] }
    streams.set(key, known)
    known.values.push(entry)
  }
  return [...streams.values()]
}

// `total ignored: 3 out of 100`; a Loki that does not say how many it ignored says it of one.
const ignoredOf = (message: string, sent: number): number =>
  Math.min(sent, Number(/total ignored: (\d+)/.exec(message)?.[1] ?? 1))

// @throws what another attempt would not change
function waitOf(error: unknown, pauseMs: number): number {
  if (error instanceof LokiRefusal) {
    const { status, retryAfterMs = pauseMs } = error
    if (status === 429 || status >= 500) return Math.min(MAX_PAUSE_MS, Math.max(retryAfterMs, pauseMs / 2))
    // Who we are, and where: a matter of configuration.
    if ([401, 403, 404].includes(status))
      throw new SinkUnavailable(`Loki refuses us (${status}): ${error.message}`, { cause: error })
    throw new LinesRefused(`Loki refuses the lines (${status}): ${error.message}`, { cause: error })
  }
  if (error instanceof LokiAway) return Math.min(MAX_PAUSE_MS, pauseMs)
  throw error
}
