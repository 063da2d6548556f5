// A run of the chaos suite: strikes the faults of a plan one after the other and holds the law after each.

import { setTimeout as sleep } from 'node:timers/promises'
import { describeFault, type PlannedFault } from './fault.ts'
import { Findings } from './findings.ts'
import type { Verdict } from './law.ts'
import { runEvery } from './run-every.ts'
import { Scene, type SceneOptions } from './scene.ts'

const HEAL_MS = 240_000
const LOOK_MS = 2_000

export type Outcome = {
  readonly fault: PlannedFault
  /** From the mend until the law held. */
  readonly healS: number
  readonly totalS: number
  readonly verdict: Verdict
  readonly findings: readonly string[]
}

export type Run = { readonly outcomes: readonly Outcome[]; readonly verdict: Verdict }

export type RunOptions = Omit<SceneOptions, 'onFinding' | 'clocked'> & {
  readonly plan: readonly PlannedFault[]
  readonly say: (line: string) => void
  /** Ends the run. */
  readonly signal: AbortSignal
  /** Nothing may take longer to come right by itself. Default 240,000. */
  readonly healMs?: number
}

/** @throws LawBroken, or what the fault met; the scene is stopped, its directory stays */
export async function runChaos(options: RunOptions): Promise<Run> {
  const findings = new Findings(options.directory)
  const clocked = options.plan.filter(({ kind }) => kind === 'clock jump').map(({ target }) => target)
  const scene = await Scene.start({ ...options, clocked, onFinding: (finding) => findings.add(finding) })
  const healMs = options.healMs ?? HEAL_MS
  const outcomes: Outcome[] = []
  try {
    for (const fault of options.plan) {
      const outcome = await orAborted(strike({ scene, findings, healMs }, fault), options.signal)
      outcomes.push(outcome)
      options.say(describeOutcome(outcome))
    }
    scene.fleets.fallQuiet()
    // Each agent falls quiet at its next sample.
    await sleep(2 * options.periodMs)
    return { outcomes, verdict: await scene.law.holdForAll(healMs) }
  } catch (error) {
    for (const finding of await takeFindings(scene, findings)) options.say(`       ${finding}`)
    await scene.keepVolumes()
    throw error
  } finally {
    await scene.stop()
  }
}

// What is under way is left to the end of the scene.
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  work.catch(() => undefined)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

type Striking = { readonly scene: Scene; readonly findings: Findings; readonly healMs: number }

async function strike({ scene, findings, healMs }: Striking, fault: PlannedFault): Promise<Outcome> {
  const started = performance.now()
  await fault.strike(scene)
  await sleep(fault.forMs)
  await fault.mend(scene)
  await scene.allUp()
  const mended = performance.now()
  const verdict = await healed(scene, healMs)
  await scene.allUp()
  const now = performance.now()
  return {
    fault,
    verdict,
    healS: (now - mended) / 1_000,
    totalS: (now - started) / 1_000,
    findings: await takeFindings(scene, findings),
  }
}

async function takeFindings(scene: Scene, findings: Findings): Promise<string[]> {
  await scene.noteServers()
  return findings.take()
}

/** Nobody but the operator lends a hand meanwhile. */
async function healed(scene: Scene, healMs: number): Promise<Verdict> {
  const operator = runEvery(LOOK_MS, () => scene.operator.look())
  try {
    await scene.fleets.arriving(healMs)
    return await scene.law.hold(healMs)
  } finally {
    await operator.stop()
  }
}

function describeOutcome({ fault, healS, totalS, verdict, findings }: Outcome): string {
  const { observations, rows: _, ...others } = verdict
  const counts = Object.entries(others).filter(([, count]) => count > 0)
  const figures = [
    `${describeFault(fault)} → healed in ${healS.toFixed(1)} s (${totalS.toFixed(1)} s)`,
    `${observations} observations`,
    ...counts.map(([name, count]) => `${name} ${count}`),
  ]
  return [figures.join(' · '), ...findings.map((finding) => `       ${finding}`)].join('\n')
}
