// One stream of log lines as they are committed. What the client does not take in time is dropped, the oldest first, and
// counted: following a flood costs no more memory than following a trickle.

import type { LogLine } from '@secumon/projections/logs/queries/log-line'
import { encodeEvent } from './live-connection.ts'
import type { OpenStream } from './open-streams.ts'

/** That wait for one client. */
const MAX_LINES = 500
const MAX_CHARACTERS = 2 * 1024 ** 2

export type LogTailOptions = {
  /** Without the regular expression. */
  readonly matches: (line: LogLine) => boolean
  /** Of lines that match, those that the regular expression matches too; absent: there is none. */
  readonly narrow: ((lines: readonly LogLine[]) => Promise<readonly LogLine[]>) | undefined
  readonly nowMs: () => number
  readonly onClosed: () => void
}

export class LogTail implements OpenStream {
  readonly stream: ReadableStream<Uint8Array>
  readonly #options: LogTailOptions
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #waiting: LogLine[] = []
  #characters = 0
  #skipped = 0
  #telling = false
  #blockedSinceMs: number | undefined

  constructor(options: LogTailOptions) {
    this.#options = options
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller
        controller.enqueue(encodeEvent('ping', {}))
      },
      cancel: () => this.#ended(),
    })
  }

  get blockedSinceMs(): number | undefined {
    return this.#blockedSinceMs
  }

  /** @param skipped lines that were too many to be told at all */
  offer(lines: readonly LogLine[], skipped: number): void {
    this.#skipped += skipped
    for (const line of lines) if (this.#options.matches(line)) this.#wait(line)
  }

  /** Tells what waits; call it again and again. Never rejects. */
  async tell(): Promise<void> {
    if (this.#telling || (this.#waiting.length === 0 && this.#skipped === 0)) return
    if (!this.#ready()) return
    this.#telling = true
    const waiting = this.#take()
    const lines = await this.#narrowed(waiting)
    this.#telling = false
    const { length } = lines
    if (length > 0 || this.#skipped > 0)
      this.#enqueue(encodeEvent('lines', { lines, skipped: this.#skipped }))
    this.#skipped = 0
  }

  ping(): void {
    if (this.#ready()) this.#enqueue(encodeEvent('ping', {}))
  }

  close(): void {
    if (!this.#controller) return
    this.#controller.close()
    this.#ended()
  }

  #wait(line: LogLine): void {
    this.#waiting.push(line)
    this.#characters += line.message.length
    while (this.#waiting.length > MAX_LINES || this.#characters > MAX_CHARACTERS) {
      this.#characters -= this.#waiting.shift()?.message.length ?? 0
      this.#skipped++
    }
  }

  #take(): LogLine[] {
    const waiting = this.#waiting
    this.#waiting = []
    this.#characters = 0
    return waiting
  }

  // What takes too long to be matched is not told, and counted.
  async #narrowed(lines: readonly LogLine[]): Promise<readonly LogLine[]> {
    if (!this.#options.narrow || lines.length === 0) return lines
    try {
      return await this.#options.narrow(lines)
    } catch {
      this.#skipped += lines.length
      return []
    }
  }

  #enqueue(event: Uint8Array): void {
    this.#controller?.enqueue(event)
  }

  #ready(): boolean {
    const ready = (this.#controller?.desiredSize ?? 0) > 0
    this.#blockedSinceMs = ready ? undefined : (this.#blockedSinceMs ?? this.#options.nowMs())
    return ready
  }

  #ended(): void {
    if (!this.#controller) return
    this.#controller = undefined
    this.#take()
    this.#options.onClosed()
  }
}
