// An evaluator as bytes, and back.

import type { AlertId } from './decision.ts'
import { Evaluator } from './evaluator.ts'
import { joined } from './state-bytes.ts'
import { readState } from './state-codec.ts'

/** Everything it remembers, as of now. */
export const encodeEvaluator = (evaluator: Evaluator): Uint8Array => joined(evaluator.beginSaving().finish())

/**
 * One that goes on where the other was.
 * @throws UnknownEvaluatorState when another version wrote the bytes, or they are damaged: build it anew from the log
 */
export const decodeEvaluator = (bytes: Uint8Array, { alertId }: { readonly alertId: AlertId }): Evaluator =>
  Evaluator.restore(readState(bytes), { alertId })
