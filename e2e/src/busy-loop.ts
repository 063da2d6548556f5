// Keeps a core busy until it is told to rest, two minutes at most; then it takes two percent. It is named `busy-loop`, so
// that its own CPU time can be watched: that of the whole machine is not a story's alone.

import { setTimeout as sleep } from 'node:timers/promises'

const MOST_MS = 120_000
const TURN_MS = 50
/** Of each turn: enough to stay among the processes that are listed. */
const RESTING_MS = 1

process.title = 'busy-loop'
let isBusy = true
process.once('message', () => (isBusy = false))
setTimeout(() => (isBusy = false), MOST_MS).unref()

for (;;) {
  const untilMs = performance.now() + (isBusy ? TURN_MS : RESTING_MS)
  while (performance.now() < untilMs);
  await sleep(isBusy ? 0 : TURN_MS)
}
