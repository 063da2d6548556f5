// Lines into Loki, in requests of bounded size. What Loki cannot take now is tried again for a while; what it will never
// take is found by sending it apart, left aside and counted: the archive has it. It holds nothing else up.

import { setTimeout as delay } from 'node:timers/promises'
import { SinkUnavailable } from '../../failure.ts'
import { LokiRefusal, type AskLoki } from './loki-client.ts'
import type { Entry, Stream } from './loki-entries.ts'
import { ignoredOf, verdictOf } from './loki-refusals.ts'

export type PushOptions = {
  readonly ask: AskLoki
  /** Before the second attempt; doubles with each. */
  readonly pauseMs?: number
  /** Attempts of one part end after so long; the loop begins again then. */
  readonly patienceMs?: number
}

/** What one tenant's lines are sent as. */
export type Labelled = { readonly labels: Record<string, string>; readonly entry: Entry }

/** Lines that Loki will never take: so many at most, and what it said of the last. */
export type LeftAside = { lines: number; why: string }

/** Loki takes some MiB in a request, its defaults a few for a tenant in a second. */
const MAX_CHARACTERS = 1024 ** 2
const MAX_ENTRIES = 5_000
const REQUEST_WITHIN_MS = 10_000
const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 5_000
const PATIENCE_MS = 20_000
/** So often a part is sent apart; what is refused then is left aside as it is, for the good of it was mostly taken. */
const MAX_APART = 200

/** Sends lines of one tenant. Sending them again changes nothing. @throws SinkUnavailable when Loki does not take them now */
export async function pushLines(
  options: PushOptions,
  tenant: string,
  lines: readonly Labelled[],
): Promise<LeftAside> {
  const aside: LeftAside = { lines: 0, why: '' }
  for (const part of partsOf(lines)) {
    const endsMs = performance.now() + (options.patienceMs ?? PATIENCE_MS)
    await pushPart({ options, tenant, aside, endsMs, apart: 0 }, part)
  }
  return aside
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

type Pushing = {
  readonly options: PushOptions
  readonly tenant: string
  readonly aside: LeftAside
  readonly endsMs: number
  /** How often it was sent apart. */
  apart: number
}

async function pushPart(pushing: Pushing, part: readonly Labelled[], before = 0): Promise<void> {
  const { options, tenant, aside } = pushing
  const body = JSON.stringify({ streams: [...streamsOf(part).values()].map(asStream) })
  for (let tries = before + 1; ; tries++)
    try {
      return void (await options.ask({ tenant, path: 'push', body, timeoutMs: REQUEST_WITHIN_MS }))
    } catch (error) {
      const verdict = verdictOf(error, tries)
      const why = error instanceof Error ? error.message : ''
      if (verdict === 'us') throw new SinkUnavailable(`Loki refuses us: ${why}`, { cause: error })
      if (verdict === 'ignored') return leaveAside(aside, ignoredOf(why, part.length), why)
      if (verdict === 'streams' || verdict === 'lines')
        return sendApart(pushing, part, { verdict, why, tries })
      await pauseBefore(pushing, error, tries - before)
      if (verdict === 'halve' && part.length > 1) return pushHalves(pushing, halvesOf(part), 0)
    }
}

function leaveAside(aside: LeftAside, lines: number, why: string): void {
  aside.lines += lines
  aside.why = why
}

type Refused = {
  readonly verdict: 'streams' | 'lines'
  readonly why: string
  readonly tries: number
}

async function sendApart(pushing: Pushing, part: readonly Labelled[], refused: Refused): Promise<void> {
  const streams = [...streamsOf(part).values()]
  const isSmallest = refused.verdict === 'streams' ? streams.length === 1 : part.length === 1
  if (isSmallest || ++pushing.apart > MAX_APART) return leaveAside(pushing.aside, part.length, refused.why)
  const halves = streams.length === 1 ? halvesOf(part) : halvesOf(streams).map((its) => its.flat())
  // It has been waited for already.
  return pushHalves(pushing, halves, refused.tries)
}

async function pushHalves(
  pushing: Pushing,
  halves: readonly (readonly Labelled[])[],
  tries: number,
): Promise<void> {
  for (const half of halves) await pushPart(pushing, half, tries)
}

function halvesOf<T>(all: readonly T[]): readonly (readonly T[])[] {
  const middle = Math.ceil(all.length / 2)
  return [all.slice(0, middle), all.slice(middle)]
}

// @throws SinkUnavailable when patience would be over by then
async function pauseBefore({ options, endsMs }: Pushing, error: unknown, tries: number): Promise<void> {
  const pauseMs = Math.min(MAX_PAUSE_MS, (options.pauseMs ?? FIRST_PAUSE_MS) * 2 ** (tries - 1))
  const asked = error instanceof LokiRefusal ? (error.retryAfterMs ?? pauseMs) : pauseMs
  const waitMs = Math.min(MAX_PAUSE_MS, Math.max(asked, pauseMs / 2))
  if (performance.now() + waitMs > endsMs)
    throw new SinkUnavailable('Loki does not take the lines now', { cause: error })
  await delay(waitMs)
}

const streamsOf = (part: readonly Labelled[]): Map<string, Labelled[]> =>
  Map.groupBy(part, ({ labels }) => JSON.stringify(labels))

const asStream = (lines: readonly Labelled[]): Stream => ({
  stream: lines[0]?.labels ?? {},
  values: lines.map(({ entry }) => entry),
})
