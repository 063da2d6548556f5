// What the server's answer to a publish means.

import type { Msg } from '@nats-io/transport-node'
import type { AppendOutcome } from './event-log.ts'
import { statusCode } from './stored-message.ts'

/** The server will never take this message: too large, no such stream, not permitted. A fault of ours, not a wait. */
export class AppendRefused extends Error {
  override readonly name = 'AppendRefused'
}

type PublishAnswer = {
  readonly stream?: string
  readonly seq?: number
  readonly duplicate?: boolean
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string }
}

// https://github.com/nats-io/nats-server/blob/main/server/errors.json
const WRONG_LAST_SEQUENCE = new Set([10071, 10164])
const STORE_FAILED = 10077
const RESOURCES_EXCEEDED = new Set([10023, 10028, 10047])
const FOR_EVER = new Set([10054])
const FULL = /maximum (bytes|messages)|no space left|insufficient|resource/i

export const unavailable = (reason: string): AppendOutcome => ({ outcome: 'unavailable', reason })

/** @throws AppendRefused when trying again cannot help */
export function appendOutcome(answer: Msg): AppendOutcome {
  if (statusCode(answer) === 503) return unavailable('no_responders')
  const { seq, duplicate, error } = answer.json<PublishAnswer>()
  if (!error && seq !== undefined)
    return duplicate
      ? { outcome: 'appended', position: seq, duplicate }
      : { outcome: 'appended', position: seq }
  return refusal(error?.err_code ?? 0, error?.description ?? 'an answer without a position')
}

function conflict(description: string): AppendOutcome {
  const [, last] = /wrong last sequence: (\d+)/.exec(description) ?? []
  return last === undefined ? { outcome: 'conflict' } : { outcome: 'conflict', last: Number(last) }
}

/** The stream that answered; refusals name it too. */
export const answeringStream = (answer: Msg): string => answer.json<PublishAnswer>().stream ?? ''

function refusal(code: number, description: string): AppendOutcome {
  if (WRONG_LAST_SEQUENCE.has(code)) return conflict(description)
  if (FOR_EVER.has(code)) throw new AppendRefused(description)
  const full = RESOURCES_EXCEEDED.has(code) || (code === STORE_FAILED && FULL.test(description))
  return unavailable(full ? 'full' : description)
}
