// Enrolment as the agent's loop needs it: once, or again and again until it succeeds.

import { enrol, EnrolFailed, type EnrolOptions } from './enrol.ts'
import type { EdgeLogger } from './log.ts'
import type { Enrolled, StateDirectory } from './state/state-directory.ts'
import { createBackoff } from './uplink/backoff.ts'
import { sleep } from './uplink/wake.ts'

export type Registration = Omit<EnrolOptions, 'key' | 'token' | 'signal'> & {
  readonly token: string | undefined
  readonly logger: EdgeLogger
}

const BACKOFF = { baseMs: 1_000, maxMs: 60_000, random: Math.random }
/** After the API said no: a person has to give another token, or allow this one again. */
const REFUSED_RETRY_MS = 5 * 60_000

/** Asks until the API says yes; undefined when the signal aborts first. */
export async function enrolPatiently(
  registration: Registration,
  state: StateDirectory,
  signal: AbortSignal,
): Promise<Enrolled | undefined> {
  const backoff = createBackoff(BACKOFF)
  while (!signal.aborted) {
    const answer = await attempt(registration, state, signal)
    if (typeof answer !== 'string') return answer
    const delayMs = answer === 'refused' ? REFUSED_RETRY_MS * (1 + Math.random() / 4) : backoff.nextMs()
    await sleep(delayMs, signal)
  }
  return undefined
}

/** Asks once; undefined when the answer was no, or none. */
export async function enrolOnce(
  registration: Registration,
  state: StateDirectory,
  signal: AbortSignal,
): Promise<Enrolled | undefined> {
  const answer = await attempt(registration, state, signal)
  return typeof answer === 'string' ? undefined : answer
}

async function attempt(
  { token, logger, ...request }: Registration,
  state: StateDirectory,
  signal: AbortSignal,
): Promise<Enrolled | 'failed' | 'refused'> {
  if (token === undefined) {
    logger.error('no enrolment token: give this agent one and start it again')
    return 'refused'
  }
  const key = state.enrolmentKey()
  try {
    return { identity: await enrol({ ...request, token, key, signal }), key }
  } catch (error) {
    if (!(error instanceof EnrolFailed)) throw error
    if (!signal.aborted)
      logger.error('enrolment failed', { reason: error.message, isRefused: error.isRefused })
    if (error.isRefused) state.dropEnrolmentKey()
    return error.isRefused ? 'refused' : 'failed'
  }
}
