// How far copying is, on one line of a terminal; nothing where nobody looks.

export type ByteProgress = {
  readonly show: (doneBytes: number, totalBytes: number) => void
  /** Ends the line, once. */
  readonly end: () => void
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

export function byteProgress(what: string, output: NodeJS.WriteStream = process.stderr): ByteProgress {
  let isShown = false
  return {
    show(doneBytes, totalBytes) {
      if (!output.isTTY) return
      const percent = totalBytes > 0 ? Math.floor((doneBytes / totalBytes) * 100) : 100
      output.write(`\r${what}: ${megabytes(doneBytes)} of ${megabytes(totalBytes)}, ${percent} %`)
      isShown = true
    },
    end() {
      if (isShown) output.write('\n')
      isShown = false
    },
  }
}
