// Counters become deltas here and nowhere else: restarts and 32-bit wraps included.

/** Where a 32-bit counter starts again from zero. */
export const WRAP_32 = 2 ** 32

/** Kernels of these architectures count in 32-bit words. */
const NARROW_ARCHITECTURES: ReadonlySet<string> = new Set(['arm', 'ia32', 'mips', 'mipsel', 'ppc'])

/** Where the kernel's `unsigned long` counters wrap; undefined where they never do in a host's life. */
export const kernelWrap = (architecture: string): number | undefined =>
  NARROW_ARCHITECTURES.has(architecture) ? WRAP_32 : undefined

/**
 * What a counter gained. A value that went back is a wrap when the counter wraps at `wrap` and the gain is less than
 * half its range; otherwise it restarted from zero, and all it shows is gain. Never negative.
 */
export function counterDelta(previous: number, current: number, wrap?: number): number {
  if (current >= previous) return current - previous
  if (wrap === undefined || previous >= wrap) return current
  const wrapped = current + wrap - previous
  return wrapped < wrap / 2 ? wrapped : current
}

/** Gain of a counter that the kernel sometimes corrects downwards (idle, iowait): a step back is no gain. */
export const correctedDelta = (previous: number, current: number): number => Math.max(0, current - previous)

/** The counters of named things (devices, interfaces) since the last reading. */
export type CounterTable = {
  /** Gains per column; undefined when the name is new: there is nothing to compare with yet. */
  deltas(name: string, values: readonly number[]): number[] | undefined
  /** Forgets the names not given to `deltas` since the last call: what went away starts afresh. */
  endReading(): void
}

/** @param wraps per column, where it wraps */
export function createCounterTable(wraps: readonly (number | undefined)[] = []): CounterTable {
  let previous = new Map<string, readonly number[]>()
  let current = new Map<string, readonly number[]>()
  return {
    deltas(name, values) {
      current.set(name, values)
      const before = previous.get(name)
      return before && values.map((value, i) => counterDelta(before[i] ?? 0, value, wraps[i]))
    },
    endReading() {
      previous = current
      current = new Map()
    },
  }
}
