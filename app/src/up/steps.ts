// What a person sees of a start: one line per step, with how long it took.

export type Outcome<T> = { readonly line: string; readonly value: T }

export type Say = (line: string) => void

/** Prints steps as they are done. */
export class Steps {
  readonly #print: Say
  readonly #signal: AbortSignal

  /** @param signal ends the start: no further step begins, and none is told as done */
  constructor(signal: AbortSignal, print: Say = (line) => console.log(line)) {
    this.#signal = signal
    this.#print = print
  }

  /** Runs the work and prints its line, or its failure, with the time it took. */
  async step<T>(name: string, work: () => Promise<Outcome<T>>): Promise<T> {
    const startedAt = performance.now()
    try {
      this.#signal.throwIfAborted()
      const { line, value } = await work()
      this.#signal.throwIfAborted()
      this.#print(`✓ ${seconds(startedAt)}  ${line}`)
      return value
    } catch (error) {
      if (!this.#signal.aborted) this.#print(`✗ ${seconds(startedAt)}  ${name} failed`)
      throw error
    }
  }

  /** A remark between steps. */
  readonly say: Say = (line) => this.#print(`·        ${line}`)

  /** Text as it is. */
  plain(text: string): void {
    this.#print(text)
  }
}

const seconds = (startedAt: number): string =>
  `${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(4)} s`
