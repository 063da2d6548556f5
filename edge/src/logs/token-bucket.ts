// How much a source may bring: so much a second, and a burst. What it was entitled to while nobody read it, it may bring
// afterwards, so that catching up drops nothing.

export type Limit = {
  readonly linesPerSecond: number
  readonly bytesPerSecond: number
  readonly burstSeconds: number
}

export type TokenBucket = {
  /** Whether a line of so many bytes may pass now; it is counted when it may. */
  take(bytes: number): boolean
  /** Adds what the time in which nobody read was worth. */
  credit(ms: number): void
}

export function createTokenBucket(
  { linesPerSecond, bytesPerSecond, burstSeconds }: Limit,
  monotonicMs: () => number,
): TokenBucket {
  let lines = linesPerSecond * burstSeconds
  let bytes = bytesPerSecond * burstSeconds
  let filledMs = monotonicMs()
  const fill = (): void => {
    const seconds = (monotonicMs() - filledMs) / 1_000
    filledMs += seconds * 1_000
    // A credit stands above the burst until it is used.
    lines = Math.max(lines, Math.min(lines + seconds * linesPerSecond, linesPerSecond * burstSeconds))
    bytes = Math.max(bytes, Math.min(bytes + seconds * bytesPerSecond, bytesPerSecond * burstSeconds))
  }
  return {
    take(size) {
      fill()
      if (lines < 1 || bytes < size) return false
      lines -= 1
      bytes -= size
      return true
    },
    credit(ms) {
      lines += (ms / 1_000) * linesPerSecond
      bytes += (ms / 1_000) * bytesPerSecond
    },
  }
}
