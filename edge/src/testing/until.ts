import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'

/** Waits for a fact; fails with its name when it does not come. */
export async function until(fact: () => boolean, name: string, timeoutMs = 10_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!fact()) {
    assert(performance.now() < deadlineMs, `waited ${timeoutMs} ms for: ${name}`)
    await setTimeout(5)
  }
}
