// Runs a script line by line, and says where what happened is not what was expected. Between two lines nothing may happen.

import { applyInput, type ContentDesk } from './apply-input.ts'
import { TimelineFault } from './fault.ts'
import { inScript, type Expectation, type Happening } from './happening.ts'
import { unpaired } from './match.ts'
import { TooManyMoments } from './moments.ts'
import type { TimelineLine } from './parse-timeline.ts'
import { inTime } from './times.ts'
import type { World } from './world.ts'

export type TimelineFailure = {
  readonly line: TimelineLine
  /** What happened since the line before, where the line itself has no part in it. */
  readonly isBefore: boolean
  /** Of what was expected, what did not happen. */
  readonly missing: readonly Expectation[]
  /** What happened without being expected. */
  readonly surplus: readonly Happening[]
}

export type Stage = {
  readonly world: World
  readonly content: ContentDesk
  /** The alerter goes on from what it has saved after each line, which must change nothing. */
  readonly restarts: boolean
}

/** Empty when all came as expected. @throws TimelineFault */
export async function runTimeline(
  lines: readonly TimelineLine[],
  { world, content, restarts }: Stage,
): Promise<TimelineFailure[]> {
  const failures: TimelineFailure[] = []
  const check = (line: TimelineLine, isBefore: boolean): void => {
    const found = unpaired(isBefore ? [] : line.expected, world.takeHappenings())
    if (found.missing.length + found.surplus.length > 0) failures.push({ line, isBefore, ...found })
  }
  for (const line of lines) {
    await inTheEnd(line, async () => {
      world.advanceTo(line.span.fromMs)
      check(line, true)
      for (const input of line.inputs) await applyInput(input, world, content)
      world.settle()
      if (line.span.untilMs > line.span.fromMs) {
        world.advanceTo(line.span.untilMs)
        world.settle()
      }
    })
    check(line, false)
    if (restarts) world.restartAlerter()
  }
  return failures
}

/** @throws TimelineFault where what the line asks for would not come to an end */
async function inTheEnd({ number }: TimelineLine, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof TooManyMoments)) throw error
    throw new TimelineFault(error.message, { line: number, column: 1 })
  }
}

/** In the script's own words. @param path of the script, to find the place */
export function describeFailure(path: string, { line, isBefore, missing, surplus }: TimelineFailure): string {
  const isSpan = isBefore || line.span.untilMs > line.span.fromMs
  const happened = (each: Happening): string =>
    isSpan ? `at ${inTime(each.atMs)}: ${inScript(each)}` : inScript(each)
  return [
    `${path}:${line.number}: ${isBefore ? `before this line: ${line.text}` : line.text}`,
    ...missing.map(({ text }) => `    did not happen: ${text}`),
    ...surplus.map((each) => `    not expected:   ${happened(each)}`),
  ].join('\n')
}
