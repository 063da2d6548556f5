// Waiting in a test for a fact, never longer than a loaded machine can need: a test that cannot pass says why.

import { setTimeout as delay } from 'node:timers/promises'

const PATIENCE_MS = 20_000
const BETWEEN_LOOKS_MS = 5

/** @throws Error naming the fact when it does not come true in 20 s */
export async function comesTrue(what: string, fact: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS
  while (!(await fact())) {
    if (performance.now() > deadlineMs) throw new Error(`not in ${PATIENCE_MS / 1_000} s: ${what}`)
    await delay(BETWEEN_LOOKS_MS)
  }
}
