// Runs one script in a world of its own, from its text to what did not come as expected.

import { TimelineFault } from '@secumon/domain/timeline/fault'
import { runTimeline, type TimelineFailure } from '@secumon/domain/timeline/run-timeline'
import { World } from '@secumon/domain/timeline/world'
import { Rejected } from '@secumon/domain/rejected'
import { NOTIFIERS } from '@secumon/gateway/notify/registry'
import {
  alertIdOf,
  derivedUlid,
  incidentIdOf,
  notificationIdOf,
} from '@secumon/projections/reactors/command-id'
import { ContentFault } from '../content/content-fault.ts'
import { contentDesk, makeContent } from './script-content.ts'
import { readScript } from './script.ts'

const IDS = {
  alertId: alertIdOf,
  incidentId: incidentIdOf,
  notificationId: notificationIdOf,
  ulidOf: derivedUlid,
}
/** Of a kind of channel that is not known. */
const PER_MINUTE = 60

const RATES: ReadonlyMap<string, number> = new Map(NOTIFIERS.map(({ kind, perMinute }) => [kind, perMinute]))

/**
 * Empty when all came as expected.
 * @param options `restarts`: the alerter goes on from what it has saved after each line
 * @throws TimelineFault where the script cannot be run
 */
export async function runScript(text: string, { restarts = false } = {}): Promise<TimelineFailure[]> {
  const script = readScript(text)
  const { startMs, lines } = script
  const world = new World({ startMs, ids: IDS, ratePerMinute: (kind) => RATES.get(kind) ?? PER_MINUTE })
  await made(() => makeContent(script, world))
  return runTimeline(lines, { world, content: contentDesk(script, world), restarts })
}

async function made(make: () => Promise<void>): Promise<void> {
  try {
    await make()
  } catch (error) {
    if (!(error instanceof Rejected) && !(error instanceof ContentFault)) throw error
    throw new TimelineFault(error.message, { line: 1, column: 1 })
  }
}
