// Metrics that programs of the host publish as `*.prom` files in one directory, read once a minute beside the ticks.
// Where the directory does not exist nothing is measured.

import { setTimeout as sleep } from 'node:timers/promises'
import type { CustomSamples } from '@secumon/contracts/gen/observation'
import { createCounterTable } from '../counters.ts'
import { customSamples, type CustomValue } from '../custom-samples.ts'
import { errorCode } from '../error-code.ts'
import { createBackground } from './background.ts'
import type { Collector, MeasuredHost, Moment, Reading, TextFiles } from './collector.ts'
import { gatherMetrics, seriesName, type Gathered } from './text-files/gather-metrics.ts'

/** A tick waits so long for the files; what takes longer comes with the next. */
const PATIENCE_MS = 1_000
/** What a counter gained over more time is not told: it would look as if it had gained it now. */
const LONGEST_INTERVAL_MS = 86_400_000

type Ways = { readonly gather: typeof gatherMetrics; readonly patienceMs: number }

/** Measures what has no line in the catalogue: custom metrics. */
export function createTextFilesCollector({ textFiles }: MeasuredHost, ways: Partial<Ways> = {}): Collector {
  const usual = { gather: gatherMetrics, patienceMs: PATIENCE_MS }
  return {
    name: 'text-files',
    collect: textFiles ? reading(textFiles, { ...usual, ...ways }) : () => ({}),
  }
}

function reading(files: TextFiles, { gather, patienceMs }: Ways): (moment: Moment) => Promise<Reading> {
  let started: Pick<Moment, 'nowMs' | 'monotonicMs'> = { nowMs: 0, monotonicMs: -Infinity }
  let askedMs = -Infinity
  let wasThere = false
  const gathering = createBackground(async () => {
    const { nowMs, monotonicMs: atMs } = started
    return { atMs, ...(await ifThere(files, gather({ ...files, nowMs }))) }
  })
  const samplesOf = createGains()
  return async (moment) => {
    const { monotonicMs, periodMs } = moment
    if (monotonicMs - askedMs >= files.intervalMs - periodMs / 2) {
      askedMs = monotonicMs
      if (gathering.running) return { faults: ['the directory has not answered since the last time'] }
      started = moment
      gathering.start()
      await Promise.race([gathering.ended(), sleep(patienceMs, undefined, { ref: false })])
    }
    const gathered = gathering.take()
    if (!gathered || (!gathered.isThere && !wasThere)) return {}
    // What answered only after the next reading was due says nothing of now.
    if (monotonicMs - gathered.atMs >= 2 * Math.max(files.intervalMs, periodMs)) return {}
    wasThere = gathered.isThere
    return { custom: samplesOf(gathered.values, gathered.atMs), faults: gathered.faults }
  }
}

type GatheredIfThere = Gathered & { readonly isThere: boolean }

async function ifThere({ isExpected }: TextFiles, gathering: Promise<Gathered>): Promise<GatheredIfThere> {
  try {
    return { ...(await gathering), isThere: true }
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && !isExpected) return { values: [], faults: [], isThere: false }
    throw error
  }
}

/**
 * Levels as they are, counters as what they gained since the reading before. What a counter gained that was not there then
 * nobody knows, nor over how long: it is sent from the second time on. One that vanishes is forgotten.
 */
function createGains(): (values: readonly CustomValue[], atMs: number) => CustomSamples {
  let counters = createCounterTable()
  let previousMs = -Infinity
  return (values, atMs) => {
    const elapsedMs = atMs - previousMs
    const isFirst = elapsedMs > LONGEST_INTERVAL_MS
    if (isFirst) counters = createCounterTable()
    previousMs = atMs
    const sent = values.flatMap((each) => {
      if (!each.isCounter) return [each]
      const [gained] = counters.deltas(seriesName(each), [each.value]) ?? []
      return gained === undefined ? [] : [{ ...each, value: gained }]
    })
    counters.endReading()
    return customSamples(isFirst ? 0 : elapsedMs, sent)
  }
}
