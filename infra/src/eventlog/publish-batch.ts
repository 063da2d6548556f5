// Publishes what one turn of the event loop brings in one write to the socket: the client library would write after
// the first message of many.

export class PublishBatch {
  #waiting: (() => void)[] = []

  add(publish: () => void): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#flush())
    this.#waiting.push(publish)
  }

  #flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const publish of waiting) publish()
  }
}
