// One stream of server-sent events: it comes back by itself, takes long silence for a dead connection, and rests while
// nobody sees the page.

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 20_000
/** The server says something at least every 15 s; longer silence is a dead connection. */
const SILENCE_MS = 20_000
/** Over HTTP/1.1 a browser has six connections for all tabs of a server: a tab unseen for this long gives its own back. */
const UNSEEN_MS = 10_000

export type StreamDeps = {
  readonly url: string
  readonly kinds: readonly string[]
  readonly said: (kind: string, data: string) => void
  /** @param missed whether there was a connection before, so that events may be missing */
  readonly opened: (missed: boolean) => void
  /**
   * Called at each loss and each vain try.
   * @param heardMs when the server last said something; undefined: not since the page is seen
   */
  readonly lost: (heardMs: number | undefined) => void
  /** Called when the connection is given back because nobody sees the page. */
  readonly rested?: () => void
}

export class EventStream {
  readonly #deps: StreamDeps
  #source: EventSource | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #leaving: ReturnType<typeof setTimeout> | undefined
  #retryMs = FIRST_RETRY_MS
  #opened = false
  #heardMs: number | undefined
  #waiting = false
  #resting = false
  readonly #listening = new AbortController()

  constructor(deps: StreamDeps) {
    this.#deps = deps
    const { signal } = this.#listening
    addEventListener('online', () => this.#waiting && this.#connect(), { signal })
    document.addEventListener('visibilitychange', () => this.#visibility(), { signal })
    if (document.hidden) this.#rest()
    else this.#connect()
  }

  close(): void {
    this.#listening.abort()
    clearTimeout(this.#leaving)
    this.#end()
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#source?.close()
  }

  #connect(): void {
    this.#end()
    this.#waiting = false
    const source = new EventSource(this.#deps.url)
    this.#source = source
    this.#watch()
    source.onopen = () => {
      this.#retryMs = FIRST_RETRY_MS
      this.#heard()
      this.#deps.opened(this.#opened)
      this.#opened = true
    }
    source.onerror = () => this.#lost()
    for (const kind of [...this.#deps.kinds, 'ping'])
      source.addEventListener(kind, (event: MessageEvent<string>) => {
        this.#heard()
        if (kind !== 'ping') this.#deps.said(kind, event.data)
      })
  }

  #lost(): void {
    this.#end()
    this.#waiting = true
    this.#timer = setTimeout(() => this.#connect(), this.#retryMs * (0.75 + Math.random() / 2))
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
    // Last: who is told may close the stream.
    this.#deps.lost(this.#heardMs)
  }

  #heard(): void {
    this.#heardMs = Date.now()
    this.#watch()
  }

  #watch(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#lost(), SILENCE_MS)
  }

  #visibility(): void {
    clearTimeout(this.#leaving)
    if (document.hidden) this.#leaving = setTimeout(() => this.#rest(), UNSEEN_MS)
    else if (this.#resting) {
      this.#resting = false
      this.#connect()
    }
  }

  #rest(): void {
    this.#resting = true
    this.#waiting = false
    this.#heardMs = undefined
    this.#end()
    this.#deps.rested?.()
  }
}
