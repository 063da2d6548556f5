// Stands in for the browser's EventSource: the test opens it, speaks through it, and breaks it.

export class FakeSource extends EventTarget {
  /** The one that was made last. */
  static last: FakeSource | undefined
  onopen: () => void = () => undefined
  onerror: () => void = () => undefined

  constructor() {
    super()
    FakeSource.last = this
  }
  open(): void {
    this.onopen()
  }
  fail(): void {
    this.onerror()
  }
  close(): void {
    this.onopen = () => undefined
    this.onerror = () => undefined
  }
  say(kind: string, body: unknown): void {
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(body) }))
  }
}
