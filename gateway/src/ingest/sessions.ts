// The open streams: at most one for each agent. A second one takes over, and reads the log only when the first has
// heard from it.

import type { KnownAgent } from './identities.ts'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Session } from './session.ts'

const SWEPT_PER_TURN = 64

export class Sessions {
  readonly #all = new Set<Session>()
  #sweeping = false
  readonly #byAgent = new Map<string, Session>()

  get size(): number {
    return this.#all.size
  }

  /** Streams that are challenged and not yet open. */
  get opening(): number {
    return this.#all.size - this.#byAgent.size
  }

  add(session: Session): void {
    this.#all.add(session)
  }

  /** Makes it the agent's stream and returns the one it replaces. */
  takeOver(agent: string, session: Session): Session | undefined {
    const previous = this.#byAgent.get(agent)
    this.#byAgent.set(agent, session)
    return previous
  }

  remove(session: Session, agent: string | undefined): void {
    this.#all.delete(session)
    if (agent !== undefined && this.#byAgent.get(agent) === session) this.#byAgent.delete(agent)
  }

  identityChanged(known: KnownAgent): void {
    this.#byAgent.get(known.agent)?.identityChanged(known)
  }

  /** Marks time on every stream, a few per turn of the event loop: each may read the log. */
  async sweep(): Promise<void> {
    if (this.#sweeping) return
    this.#sweeping = true
    let swept = 0
    for (const session of this.#all) {
      session.sweep()
      if (++swept % SWEPT_PER_TURN === 0) await nextTurn()
    }
    this.#sweeping = false
  }

  /** Has every agent go elsewhere; resolves when each has heard what became of its records. */
  async leave(reason: string): Promise<void> {
    await Promise.all(
      [...this.#all].map(async (session) => {
        await session.leave('stopping', reason)
        await session.gone
      }),
    )
  }
}
