// Checks signatures, in place as a rule. What is large, or beyond what one turn of the event loop should do, goes to the
// thread pool, so that other cores share it and no agent's burst holds the loop.

import { verify, type KeyObject } from 'node:crypto'
import { SIGNATURE_BYTES, signingInput, type SigningContext } from '@secumon/contracts/signing'
import { createSignatureCheck } from '@secumon/infra/signature-check'
import type { IngestMetrics } from './metrics.ts'

const LARGE_BYTES = 32 * 1024

export type Signed = {
  readonly context: SigningContext
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
  readonly key: KeyObject
}

export type Verifier = {
  /** Calls back with the answer, at once or later; calls for one lane may be answered out of order. */
  check(signed: Signed, answer: (good: boolean) => void): void
}

/** @param inPlace signatures checked on the event loop in one of its turns */
export function createVerifier(inPlace: number, metrics: IngestMetrics): Verifier {
  const checkInPlace = createSignatureCheck()
  let left = inPlace
  const refill = (): void => {
    left = inPlace
  }
  const check: Verifier['check'] = ({ context, bytes, signature, key }, answer) => {
    if (signature.length !== SIGNATURE_BYTES) return answer(false)
    const input = signingInput(context, bytes)
    if (left > 0 && bytes.length <= LARGE_BYTES) {
      if (left === inPlace) setImmediate(refill)
      left -= 1
      metrics.verifiedInPlace.inc()
      return answer(checkInPlace(input, signature, key))
    }
    metrics.verifiedInPool.inc()
    verify(null, input, key, signature, (error, good) => answer(!error && good))
  }
  return { check }
}
