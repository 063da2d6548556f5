// A server that lives and does not answer: after its disk was full, nats-server can hang for ever. It is told of once it
// has been silent at several looks in a row, and not again for some minutes.

import { setTimeout as sleep } from 'node:timers/promises'

export type HangWatch = {
  /** Asks the server for what its users need of it. @throws when it does not answer in a few seconds */
  readonly answers: () => Promise<void>
  /** Whether starting it again can mend it now. */
  readonly isMendable: () => Promise<boolean>
  readonly lookMs?: number
  /** Silent looks in a row that are a hang. */
  readonly silentLooks?: number
  readonly notAgainMs?: number
}

export type HangHandler = {
  /** False while it is not there: it ended, or starts. */
  readonly isRunning: () => boolean
  /** @param silentMs for how long it has not answered */
  readonly onHang: (silentMs: number) => Promise<void>
}

const LOOK_MS = 10_000
const SILENT_LOOKS = 6
const NOT_AGAIN_MS = 300_000

/** Looks until the signal aborts; never rejects. */
export async function watchForHang(
  watch: HangWatch,
  { isRunning, onHang }: HangHandler,
  signal: AbortSignal,
): Promise<void> {
  const { lookMs = LOOK_MS, silentLooks = SILENT_LOOKS, notAgainMs = NOT_AGAIN_MS } = watch
  let silent = 0
  let answeredMs = performance.now()
  let toldMs = -Infinity
  while (!signal.aborted) {
    await sleep(lookMs, undefined, { signal }).catch(() => undefined)
    const isSilent = isRunning() && !(await isTrue(watch.answers)) && isRunning()
    if (!isSilent) answeredMs = performance.now()
    silent = isSilent ? silent + 1 : 0
    const nowMs = performance.now()
    if (silent < silentLooks || nowMs - toldMs < notAgainMs) continue
    if (!(await isTrue(watch.isMendable)) || signal.aborted) continue
    toldMs = nowMs
    silent = 0
    await onHang(nowMs - answeredMs)
  }
}

// A question that fails is answered with no.
const isTrue = (question: () => Promise<boolean | void>): Promise<boolean> =>
  question().then(
    (answer) => answer !== false,
    () => false,
  )
