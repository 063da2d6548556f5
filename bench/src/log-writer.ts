// A program that logs: lines of 140 bytes into a file, as many a second as are asked for.

import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const LINE_BYTES = 140
const EVERY_MS = 100

export type Writer = {
  readonly path: string
  /** Lines so far. */
  readonly written: number
  stop(): Promise<void>
}

/** Makes the file and writes until it is stopped. What a busy machine held up is made up for. */
export async function startWriter(path: string, linesPerSecond: number): Promise<Writer> {
  const file = await open(path, 'a')
  const startedMs = performance.now()
  let written = 0
  let isStopped = false
  const writing = (async () => {
    while (!isStopped) {
      const due = Math.floor(((performance.now() - startedMs) / 1_000) * linesPerSecond)
      let text = ''
      for (; written < due; written++) text += line(written)
      await file.write(text)
      await sleep(EVERY_MS)
    }
    await file.close()
  })()
  return {
    path,
    get written() {
      return written
    },
    async stop() {
      isStopped = true
      await writing
    },
  }
}

const WORDS = [
  'request',
  'took',
  'upstream',
  'cache',
  'user',
  'payment',
  'GET',
  '/api/orders',
  'miss',
  'retry',
]

function line(index: number): string {
  let text = `${new Date().toISOString()} INFO ${index}`
  for (let at = index; text.length < LINE_BYTES - 1; at = (at * 31 + 7) % 9_973)
    text += ` ${WORDS[at % WORDS.length]}=${at}`
  return `${text.slice(0, LINE_BYTES - 1)}\n`
}
