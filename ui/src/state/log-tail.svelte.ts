// New log lines as they come, the newest few thousand. While the viewer reads or has paused they wait, counted; after
// a lost connection what was missed is read.

import { api, apiUrl, asFailure, isAbort, type ApiFailure } from '../lib/api.ts'
import type { LogLine, Logs, LogTail as TailEvent } from '../lib/api-types.ts'
import { logQuery, type LogView } from '../shape/log-filter.ts'
import { endsOf, FLAT_ROWS, type RowEnds, type RowForm } from '../shape/log-layout.ts'
import { EventStream } from './event-stream.ts'
import type { LogRows } from './log-rows.ts'

export const MOST_TAIL_LINES = 5_000
const FIRST_LINES = 200
const CATCH_UP_LINES = 1_000

export class LogTail implements LogRows {
  /** The oldest first. */
  #lines = $state.raw<readonly LogLine[]>([])
  #waiting = $state.raw<readonly LogLine[]>([])
  #connection = $state<'connecting' | 'live' | 'disconnected'>('connecting')
  #held = $state(false)
  #answered = $state(false)
  #skipped = $state(0)
  #missed = $state(false)
  #failure = $state.raw<ApiFailure>()
  #form = $state.raw(FLAT_ROWS)
  #view = $state.raw<LogView>()
  readonly #shown = $derived(this.#view?.order === 'oldest' ? this.#lines : this.#lines.toReversed())
  readonly #ends: RowEnds = $derived(endsOf(this.#shown, this.#form))
  #stream: EventStream | undefined
  #abort = new AbortController()

  get count(): number {
    return this.#lines.length
  }
  get ends(): RowEnds {
    return this.#ends
  }
  line(index: number): LogLine | undefined {
    return this.#shown[index]
  }
  indexOf(id: string): number {
    return this.#shown.findIndex((line) => line.id === id)
  }
  ensure(): void {
    // Whatever there is, is held.
  }
  drawAs(form: RowForm): void {
    this.#form = form
  }

  get state(): 'connecting' | 'live' | 'paused' | 'disconnected' {
    return this.#connection === 'live' && this.#held ? 'paused' : this.#connection
  }
  /** False before the lines that were there already have been read. */
  get answered(): boolean {
    return this.#answered
  }
  get failure(): ApiFailure | undefined {
    return this.#failure
  }
  /** How many lines have come and are not shown yet. */
  get waiting(): number {
    return this.#waiting.length
  }
  /** How many came faster than they could be told. */
  get skipped(): number {
    return this.#skipped
  }
  /** Whether a connection was lost for so long that not all lines since are here. */
  get missed(): boolean {
    return this.#missed
  }

  /** True while new lines shall wait. */
  get held(): boolean {
    return this.#held
  }
  set held(held: boolean) {
    if (held === this.#held) return
    this.#held = held
    if (!held) this.#release()
  }

  /** Follows what matches; what another filter brought is forgotten. */
  follow(view: LogView): void {
    this.stop()
    this.#view = view
    this.#lines = []
    this.#waiting = []
    this.#answered = false
    this.#skipped = 0
    this.#missed = false
    this.#failure = undefined
    this.#connection = 'connecting'
    this.#abort = new AbortController()
    this.#stream = new EventStream({
      url: apiUrl('/logs/tail', logQuery(view)),
      kinds: ['lines'],
      said: (_kind, data) => this.#came(JSON.parse(data) as TailEvent),
      opened: (again) => {
        this.#connection = 'live'
        void this.#read(view, again)
      },
      lost: () => void this.#lost(view),
    })
  }

  stop(): void {
    this.#stream?.close()
    this.#stream = undefined
    this.#abort.abort()
  }

  async #lost(view: LogView): Promise<void> {
    this.#connection = 'disconnected'
    // An event stream does not say why it was refused; a question with the same filter does.
    if (!this.#answered) await this.#read(view, false)
  }

  async #read(view: LogView, again: boolean): Promise<void> {
    const { signal } = this.#abort
    try {
      const limit = again ? CATCH_UP_LINES : FIRST_LINES
      const query = { ...logQuery(view), order: 'newest', limit }
      const { lines, next } = await api<Logs>('/logs', { query, signal })
      if (signal.aborted) return
      this.#caughtUp(lines.toReversed(), again && next !== null)
      this.#answered = true
      this.#failure = undefined
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.#failure = asFailure(error)
    }
  }

  // Lines that came while it was read are newer than it.
  #caughtUp(read: readonly LogLine[], cut: boolean): void {
    const known = new Set([...this.#lines, ...this.#waiting].map(({ id }) => id))
    const fresh = read.filter(({ id }) => !known.has(id))
    if (this.#answered) {
      if (cut && fresh.length === read.length) this.#missed = true
      this.#add(fresh)
    } else this.#lines = [...fresh, ...this.#lines]
  }

  #came({ lines, skipped }: TailEvent): void {
    this.#skipped += skipped
    if (lines.length === 0) return
    const known = new Set([...this.#lines, ...this.#waiting].map(({ id }) => id))
    this.#add(lines.filter(({ id }) => !known.has(id)))
  }

  #add(lines: readonly LogLine[]): void {
    this.#waiting = newest([...this.#waiting, ...lines])
    if (!this.#held) this.#release()
  }

  #release(): void {
    if (this.#waiting.length === 0) return
    this.#lines = newest([...this.#lines, ...this.#waiting])
    this.#waiting = []
  }
}

const newest = (lines: readonly LogLine[]): readonly LogLine[] =>
  lines.length > MOST_TAIL_LINES ? lines.slice(-MOST_TAIL_LINES) : lines
