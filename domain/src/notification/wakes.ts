// Times at which something has to be looked at again: one for each key, the earliest first.

type Wake = { readonly key: string; readonly atMs: number }

export class Wakes {
  readonly #times = new Map<string, number>()
  /** A binary heap; entries that #times does not know any more are passed over. */
  #heap: Wake[] = []

  /** Replaces what was set for the key; Infinity clears it. */
  set(key: string, atMs: number): void {
    if (this.#times.get(key) === atMs) return
    if (atMs === Infinity) {
      this.#times.delete(key)
      return
    }
    this.#times.set(key, atMs)
    if (this.#heap.length > 2 * this.#times.size + 64) this.#rebuild()
    else this.#push({ key, atMs })
  }

  /** The earliest time; Infinity when there is none. */
  get nextMs(): number {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (this.#times.get(top.key) === top.atMs) return top.atMs
      this.#pop()
    }
    return Infinity
  }

  /** Takes out the keys whose time has come. */
  take(nowMs: number): string[] {
    const keys: string[] = []
    while (this.nextMs <= nowMs) {
      const top = this.#pop()
      if (!top) break
      this.#times.delete(top.key)
      keys.push(top.key)
    }
    return keys
  }

  #rebuild(): void {
    this.#heap = [...this.#times].map(([key, atMs]) => ({ key, atMs })).toSorted((a, b) => a.atMs - b.atMs)
  }

  #push(wake: Wake): void {
    const heap = this.#heap
    let at = heap.push(wake) - 1
    for (let up = (at - 1) >> 1; at > 0 && isBefore(wake, heap[up]); up = (at - 1) >> 1) {
      swap(heap, at, up)
      at = up
    }
  }

  #pop(): Wake | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (!last || heap.length === 0) return top
    heap[0] = last
    for (let at = 0; ;) {
      const left = 2 * at + 1
      const child = isBefore(heap[left + 1], heap[left]) ? left + 1 : left
      if (!isBefore(heap[child], heap[at])) return top
      swap(heap, at, child)
      at = child
    }
  }
}

const isBefore = (a: Wake | undefined, b: Wake | undefined): boolean =>
  a !== undefined && b !== undefined && a.atMs < b.atMs

function swap(heap: Wake[], a: number, b: number): void {
  const [first, second] = [heap[a], heap[b]]
  if (!first || !second) return
  heap[a] = second
  heap[b] = first
}
