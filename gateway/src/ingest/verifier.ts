// Checks signatures. In place, by libsodium: 60 µs of CPU for a frame of 1 kB, against 104 by node:crypto in place and
// 140 to 250 for its trip to the thread pool. What is large, or beyond what one turn of the event loop should do, goes to the pool, so
// that other cores share it and no agent's burst holds the loop.

import { createRequire } from 'node:module'
import { verify, type KeyObject } from 'node:crypto'
import { rawPublicKey, SIGNATURE_BYTES, signingInput, type SigningContext } from '@secumon/contracts/signing'
import type * as sodiumNative from 'sodium-native'
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

type Check = (input: Buffer, signature: Uint8Array, key: KeyObject) => boolean

/** @param inPlace signatures checked on the event loop in one of its turns */
export function createVerifier(inPlace: number, metrics: IngestMetrics): Verifier {
  const checkInPlace = sodiumCheck() ?? ((input, signature, key) => verify(null, input, key, signature))
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

type Sodium = Pick<typeof sodiumNative, 'crypto_sign_verify_detached'>

// A native module, with binaries for the usual platforms; elsewhere node:crypto does the same at twice the cost.
function sodiumCheck(): Check | undefined {
  let sodium: Sodium
  try {
    sodium = createRequire(import.meta.url)('sodium-native') as Sodium
  } catch {
    return undefined
  }
  const keys = new WeakMap<KeyObject, Buffer>()
  return (input, signature, key) => {
    const raw = keys.get(key) ?? Buffer.from(rawPublicKey(key))
    keys.set(key, raw)
    return sodium.crypto_sign_verify_detached(asBuffer(signature), input, raw)
  }
}

const asBuffer = ({ buffer, byteOffset, length }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, length)
