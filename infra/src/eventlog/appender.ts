// Publishes to JetStream with one reply inbox and one subscription for all acknowledgements: a request of its own per
// message costs five times as much.

import type { Clock } from '@secumon/domain/clock'
import { createInbox, type Msg } from '@nats-io/transport-node'
import { answeringStream, AppendRefused, appendOutcome, unavailable } from './append-outcome.ts'
import { AppendWindow, type WindowLimits } from './append-window.ts'
import type { AppendOptions, AppendOutcome } from './event-log.ts'
import { headerBlock } from './header-block.ts'
import type { LogConnection } from './log-connection.ts'
import type { LogState } from './log-state.ts'
import { PublishBatch } from './publish-batch.ts'

export class Appender {
  readonly #connection: LogConnection
  readonly #state: LogState
  readonly #window: AppendWindow
  readonly #batch = new PublishBatch()
  readonly #inbox = `${createInbox()}.`

  constructor(connection: LogConnection, state: LogState, options: { clock: Clock; window: WindowLimits }) {
    this.#connection = connection
    this.#state = state
    this.#window = new AppendWindow(options.window, options.clock, () => state.raiseSlow())
    connection.subscribe(`${this.#inbox}*`, (answer) => this.#settle(answer))
    connection.onSession((session) => session ?? this.#window.abandon('disconnected'))
  }

  get windowFull(): boolean {
    return this.#window.full
  }

  /** True when every append has been answered. */
  get idle(): boolean {
    return this.#window.empty
  }

  append(subject: string, payload: Uint8Array, options: AppendOptions = {}): Promise<AppendOutcome> {
    const { session } = this.#connection
    if (!session) return Promise.resolve(unavailable('disconnected'))
    const headers = headerBlock(options)
    const sizeBytes = payload.length + (headers?.encode().length ?? 0)
    if (sizeBytes > session.maxPayloadBytes)
      return Promise.reject(
        new AppendRefused(`${sizeBytes} bytes, the server takes ${session.maxPayloadBytes}`),
      )
    const publish = (token: number) => {
      const reply = this.#inbox + token
      this.#connection.nats.publish(subject, payload, headers ? { reply, headers } : { reply })
    }
    return this.#window.enter(sizeBytes, (token) => this.#batch.add(() => this.#send(token, publish)))
  }

  // When the session has ended meanwhile, the window has answered already, and the append must not happen any more.
  #send(token: number, publish: (token: number) => void): void {
    if (!this.#window.has(token)) return
    try {
      publish(token)
    } catch {
      this.#window.settle(token, () => unavailable('disconnected'))
    }
  }

  #settle(answer: Msg): void {
    const token = Number(answer.subject.slice(this.#inbox.length))
    this.#window.settle(token, () => {
      const outcome = appendOutcome(answer)
      if (outcome.outcome === 'unavailable' && outcome.reason === 'full')
        this.#state.raiseFull(answeringStream(answer))
      return outcome
    })
  }
}
