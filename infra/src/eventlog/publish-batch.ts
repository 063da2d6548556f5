// Publishes what a few milliseconds bring in one write to the socket. A write for each message would cost this process
// and the server more than the message itself (measured at ingest: a tenth of all CPU), and nobody waits for 2 ms.

const COALESCE_MS = 2
/** So many go at once: the socket's buffer should not grow with the rate. */
const MAX_WAITING = 256

export class PublishBatch {
  #waiting: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined

  add(publish: () => void): void {
    this.#waiting.push(publish)
    if (this.#waiting.length >= MAX_WAITING) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), COALESCE_MS)
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const waiting = this.#waiting
    this.#waiting = []
    for (const publish of waiting) publish()
  }
}
