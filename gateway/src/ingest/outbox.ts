// What a stream has to say to its agent. Acks are states, not messages: however many records were accepted since the
// last write, one Ack says how far. Bounded, because a stream that does not read its answers is not read either.

import type { MessageInitShape } from '@bufbuild/protobuf'
import type { ConnectError } from '@connectrpc/connect'
import type { StreamResponseSchema } from '@secumon/contracts/gen/ingest'

/** Messages that may wait for a slow reader before its stream stops being read. */
const MAX_WAITING = 128

export type Answer = NonNullable<MessageInitShape<typeof StreamResponseSchema>['message']>

/** Makes the newest message of its kind when it is sent. */
export type State = () => Answer | undefined

/** The end of a stream: normal, or by an error. */
export type End = { readonly error?: ConnectError }

export class Outbox {
  #answers: Answer[] = []
  #states = new Set<State>()
  #ended: End | undefined
  #wakeWriter: (() => void) | undefined
  #wakeReader: (() => void) | undefined

  get full(): boolean {
    return this.#answers.length >= MAX_WAITING
  }

  /** How the stream ends, when nothing is left to be said before that. */
  get ending(): End | undefined {
    return this.#answers.length === 0 && this.#states.size === 0 ? this.#ended : undefined
  }

  say(answer: Answer): void {
    if (this.#ended) return
    this.#answers.push(answer)
    this.#wakeWriter?.()
  }

  /** Has the state told once, as it is when its turn comes. */
  tell(state: State): void {
    if (this.#ended) return
    this.#states.add(state)
    this.#wakeWriter?.()
  }

  /** Ends the stream when everything said before is written; with an error, as that error. */
  end(error?: ConnectError): void {
    this.#ended ??= error ? { error } : {}
    this.#wakeWriter?.()
  }

  /** Calls back, once, when it is no longer full. */
  whenRoom(reader: () => void): void {
    this.#wakeReader = reader
  }

  /** Calls back whenever there is something to write, and at once when there is already. */
  onWork(writer: () => void): void {
    this.#wakeWriter = writer
    if (this.#answers.length > 0 || this.#states.size > 0 || this.#ended) writer()
  }

  /** What to write next; undefined when there is nothing. */
  next(): Answer | undefined {
    for (const state of this.#states) {
      this.#states.delete(state)
      const answer = state()
      if (answer) return answer
    }
    const answer = this.#answers.shift()
    if (this.#wakeReader && !this.full) {
      this.#wakeReader()
      this.#wakeReader = undefined
    }
    return answer
  }
}
