// Enrolment as the agent's loop needs it: once, or again and again until it succeeds.

import type { KeyObject } from 'node:crypto'
import type { AgentOptions } from './agent-options.ts'
import { enrol, EnrolFailed, type EnrolOptions } from './enrol.ts'
import type { EdgeLogger } from './log.ts'
import type { AgentIdentity } from './state/agent-identity.ts'
import type { Enrolled, StateDirectory } from './state/state-directory.ts'
import { createBackoff } from './uplink/backoff.ts'
import { sleep } from './uplink/wake.ts'

export type Registration = Omit<EnrolOptions, 'key' | 'token' | 'signal'> & {
  readonly token: string | undefined
  readonly logger: EdgeLogger
}

/** What the agent asks the API with. */
export function registrationOf(options: AgentOptions): Registration {
  const { apiUrl, enrolmentToken, name, tags = [], simulated = false } = options
  const { logger, environment, authorities } = options
  return {
    apiUrl,
    token: enrolmentToken,
    name,
    tags,
    simulated,
    logger,
    ...(environment && { environment }),
    ...(authorities && { authorities }),
  }
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
    const answer = await attemptAnew(registration, state, signal)
    if (typeof answer !== 'string') return answer
    const delayMs = answer === 'refused' ? REFUSED_RETRY_MS * (1 + Math.random() / 4) : backoff.nextMs()
    await sleep(delayMs, signal)
  }
  return undefined
}

/** What becomes of an identity that a gateway refused. */
export type Replacement =
  /** The API still knows it: the gateway was behind. */
  | { readonly kind: 'known' }
  /** A new identity, with the old key where the platform began anew, else with a new one. */
  | { readonly kind: 'replaced'; readonly enrolled: Enrolled }
  /** The API says no. */
  | { readonly kind: 'refused' }
  /** The API cannot say now. */
  | { readonly kind: 'failed' }

/** Asks the API about the present key first, so that a gateway's mistake costs no identity; then with a new key. */
export async function replaceIdentity(
  registration: Registration,
  state: StateDirectory,
  present: Enrolled & { readonly signal: AbortSignal },
): Promise<Replacement> {
  const { identity, key, signal } = present
  const again = await attempt(registration, key, signal)
  if (again === 'failed') return { kind: 'failed' }
  if (again !== 'refused')
    return again.identity.agent === identity.agent ? { kind: 'known' } : { kind: 'replaced', enrolled: again }
  const enrolled = await attemptAnew(registration, state, signal)
  return typeof enrolled === 'string' ? { kind: enrolled } : { kind: 'replaced', enrolled }
}

/** Asks the API, with the present key, where its gateway is now; undefined when it cannot tell. */
export async function presentIdentity(
  registration: Registration,
  { identity, key, signal }: Enrolled & { readonly signal: AbortSignal },
): Promise<AgentIdentity | undefined> {
  if (registration.token === undefined) return undefined
  const answer = await attempt(registration, key, signal)
  return typeof answer !== 'string' && answer.identity.agent === identity.agent ? answer.identity : undefined
}

async function attemptAnew(
  registration: Registration,
  state: StateDirectory,
  signal: AbortSignal,
): Promise<Enrolled | 'failed' | 'refused'> {
  const answer = await attempt(registration, state.enrolmentKey(), signal)
  if (answer === 'refused') state.dropEnrolmentKey()
  return answer
}

async function attempt(
  { token, logger, ...request }: Registration,
  key: KeyObject,
  signal: AbortSignal,
): Promise<Enrolled | 'failed' | 'refused'> {
  if (token === undefined) {
    logger.error('no enrolment token: give this agent one and start it again')
    return 'failed'
  }
  try {
    return { identity: await enrol({ ...request, token, key, signal }), key }
  } catch (error) {
    if (!(error instanceof EnrolFailed)) throw error
    if (!signal.aborted)
      logger.error('enrolment failed', { reason: error.message, isRefused: error.isRefused })
    return error.isRefused ? 'refused' : 'failed'
  }
}
