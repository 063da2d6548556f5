// How far reading the archive has come, on a terminal; nothing where nobody looks.

import type { ReadingProgress } from './archived-lines.ts'

const EVERY_MS = 500

export function readingProgress(output: NodeJS.WriteStream, nowMs: () => number) {
  let shownMs = nowMs()
  let isShown = false
  return {
    clear: (): void => {
      if (isShown) output.write('\r\u001b[K')
      isShown = false
    },
    show: ({ records, receivedAtMs }: ReadingProgress): void => {
      if (!output.isTTY || nowMs() - shownMs < EVERY_MS) return
      shownMs = nowMs()
      isShown = true
      const until = new Date(receivedAtMs).toISOString().slice(0, 16)
      output.write(`\r\u001b[K${records.toLocaleString('en')} records, received until ${until}Z`)
    },
  }
}
