// A log in memory for tests of the loop: append, consume, disconnect, and roll back as a restored backup would.

import { LogDisconnected, type ConsumeOptions, type LogMessage } from '@secumon/infra/eventlog/event-log'
import { createHash } from 'node:crypto'
import type { ReadableLog } from '../log-readable.ts'

export type Appended = {
  readonly subject: string
  readonly payload: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

export class MemoryLog implements ReadableLog {
  trouble: ReadableLog['trouble'] = undefined
  readonly #streams = new Map<string, (LogMessage | undefined)[]>()
  readonly #listeners = new Set<() => void>()
  #connection = 1

  append(stream: string, ...messages: readonly Appended[]): void {
    const held = this.#held(stream)
    for (const message of messages) held.push(stored(stream, held.length + 1, message))
    this.#changed()
  }

  /** The stream ends at `position` again, as after a restored backup. */
  rollBack(stream: string, position: number): void {
    this.#held(stream).length = position
  }

  /** Messages up to `position` are gone. */
  purge(stream: string, position: number): void {
    const held = this.#held(stream)
    for (let i = 0; i < position; i++) held[i] = undefined
  }

  get connectionNumber(): number {
    return this.#connection
  }

  /** Every consumer throws LogDisconnected; the log counts as away until `reconnect`. */
  disconnect(): void {
    this.trouble = 'disconnected'
    this.#connection++
    this.#changed()
  }

  reconnect(): void {
    this.trouble = undefined
    this.#changed()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async bounds(stream: string) {
    const held = this.#held(stream)
    const first = held.findIndex((message) => message !== undefined)
    const last = held.length
    const messages = held.filter((message) => message !== undefined).length
    return { first: first === -1 ? last + 1 : first + 1, last, messages, bytes: 0, maxBytes: 1 }
  }

  async messageAt(stream: string, position: number): Promise<LogMessage | undefined> {
    return this.#held(stream)[position - 1]
  }

  async lastMessage(stream: string, subject: string): Promise<LogMessage | undefined> {
    return this.#held(stream).findLast((message) => message?.subject === subject)
  }

  /** What the stream holds, in order. */
  messages(stream: string): LogMessage[] {
    return this.#held(stream).filter((message) => message !== undefined)
  }

  async *consume(
    stream: string,
    { start, signal, maxMessages = 1_000 }: ConsumeOptions,
  ): AsyncGenerator<readonly LogMessage[]> {
    const connection = this.#connection
    for (let next = start; ;) {
      if (signal.aborted) return
      if (connection !== this.#connection) throw new LogDisconnected('the connection was lost')
      const arrived = this.#held(stream)
        .slice(next - 1, next - 1 + maxMessages)
        .filter((message) => message !== undefined)
      next = (arrived.at(-1)?.position ?? next - 1) + 1
      if (arrived.length > 0) yield arrived
      else await this.#change(signal)
    }
  }

  #held(stream: string): (LogMessage | undefined)[] {
    const held = this.#streams.get(stream) ?? []
    this.#streams.set(stream, held)
    return held
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  async #change(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const forget = this.onChange(resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
    await promise
    forget()
  }
}

function stored(stream: string, position: number, { subject, payload, headers = {} }: Appended): LogMessage {
  return {
    stream,
    position,
    subject,
    payload,
    header: (name) => headers[name],
    hash: () => createHash('sha256').update(JSON.stringify(headers)).update(payload).digest(),
  }
}
