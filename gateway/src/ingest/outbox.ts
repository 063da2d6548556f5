// What a stream has to say to its agent. Acks are states, not messages: however many records were accepted since the
// last write, one Ack says how far. Bounded, because a stream that does not read its answers is not read either.

import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { StreamResponseSchema, type StreamResponse } from '@secumon/contracts/gen/ingest'

/** Messages that may wait for a slow reader before its stream stops being read. */
const MAX_WAITING = 128

export type Answer = NonNullable<MessageInitShape<typeof StreamResponseSchema>['message']>

/** Makes the newest message of its kind when it is sent. */
export type State = () => Answer | undefined

export class Outbox {
  #answers: Answer[] = []
  #states = new Set<State>()
  #ended: { readonly error?: Error } | undefined
  #wakeWriter: (() => void) | undefined
  #wakeReader: (() => void) | undefined

  get full(): boolean {
    return this.#answers.length >= MAX_WAITING
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
  end(error?: Error): void {
    this.#ended ??= error ? { error } : {}
    this.#wakeWriter?.()
  }

  /** Calls back, once, when it is no longer full. */
  whenRoom(reader: () => void): void {
    this.#wakeReader = reader
  }

  /** Everything to write, until `end`. @throws the error it was ended with */
  async *messages(): AsyncGenerator<StreamResponse> {
    for (;;) {
      const answer = this.#next()
      if (answer) yield create(StreamResponseSchema, { message: answer })
      else if (this.#ended?.error) throw this.#ended.error
      else if (this.#ended) return
      else await new Promise<void>((resolve) => (this.#wakeWriter = resolve))
    }
  }

  #next(): Answer | undefined {
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
