// Keeps a program running: started again with growing pauses when it ends by itself, ended when we end.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { guardProcess } from '@secumon/infra/embedded/guard'
import { keepBounded, lastWords, openLogFile } from './log-file.ts'

export type Program = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** All of its environment: secrets go this way, never by the command line. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly logFile: string
  /** Exit codes after which another try would end the same way. */
  readonly hopeless?: readonly number[]
}

export type SupervisorOptions = {
  /** Tells the person at the terminal. */
  readonly say: (line: string) => void
  readonly firstPauseMs?: number
  readonly longestPauseMs?: number
  /** A program that ran this long is not failing: pauses begin anew. */
  readonly healthyAfterMs?: number
}

/** A program that will not run, however often it is started. */
export class ProgramHopeless extends Error {
  override readonly name = 'ProgramHopeless'
}

/** What a program sends its supervisor when it is at work. */
export const READY = 'ready'

/** One program, running until it is stopped. */
export class Supervised {
  readonly program: Program
  readonly #options: Required<SupervisorOptions>
  readonly #ready = Promise.withResolvers<void>()
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>
  #child: ChildProcess | undefined

  private constructor(program: Program, options: SupervisorOptions) {
    this.program = program
    this.#options = { firstPauseMs: 500, longestPauseMs: 30_000, healthyAfterMs: 60_000, ...options }
    this.#ready.promise.catch(() => undefined)
    this.#ended = this.#keepRunning().catch((error: unknown) => this.#giveUp(error))
  }

  static start(program: Program, options: SupervisorOptions): Supervised {
    return new Supervised(program, options)
  }

  /** Settles at its first `ready` message. Rejects with ProgramHopeless. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Never settles but by rejecting with ProgramHopeless. */
  get hopeless(): Promise<never> {
    return this.#ready.promise.then(() => new Promise<never>(() => undefined))
  }

  /** The process now; undefined between two. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** SIGTERM, then SIGKILL after the grace. */
  async stop(graceMs = 4_000): Promise<void> {
    this.#stopping.abort()
    const child = this.#child
    child?.kill('SIGTERM')
    const timer = setTimeout(() => child?.kill('SIGKILL'), graceMs)
    await this.#ended
    clearTimeout(timer)
  }

  async #keepRunning(): Promise<void> {
    const { firstPauseMs, longestPauseMs, healthyAfterMs } = this.#options
    let pauseMs = firstPauseMs
    while (!this.#stopping.signal.aborted) {
      const startedAt = performance.now()
      const exit = await this.#runOnce()
      if (this.#stopping.signal.aborted) return
      if (typeof exit === 'number' && this.program.hopeless?.includes(exit)) throw await this.#tooBad(exit)
      if (performance.now() - startedAt > healthyAfterMs) pauseMs = firstPauseMs
      const words = typeof exit === 'number' ? await lastWords(this.program.logFile) : ''
      this.#options.say(
        `${this.program.name} ended with ${exit}${words}; started again in ${pauseMs / 1_000} s`,
      )
      await sleep(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
  }

  #giveUp(error: unknown): void {
    this.#options.say(error instanceof Error ? error.message : String(error))
    this.#ready.reject(error)
  }

  async #runOnce(): Promise<number | string> {
    const { command, args, environment, logFile } = this.program
    const log = await openLogFile(logFile)
    const unbound = keepBounded(logFile)
    try {
      // Its own process group: a Ctrl-C at the terminal is ours alone, and we stop everything in order.
      const child = spawn(command, args, {
        env: { ...environment },
        stdio: ['ignore', log.fd, log.fd, 'ipc'],
        detached: true,
      })
      return await this.#follow(child)
    } catch (error) {
      return String(error)
    } finally {
      this.#child = undefined
      unbound()
      await log.close()
    }
  }

  async #follow(child: ChildProcess): Promise<number | string> {
    child.on('message', (message) => {
      if (message === READY) this.#ready.resolve()
    })
    await once(child, 'spawn')
    this.#child = child
    const release = guardProcess(child.pid ?? 0, { signal: 'SIGTERM', afterS: 0 })
    if (this.#stopping.signal.aborted) child.kill('SIGTERM')
    try {
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
      return code ?? signal ?? 'unknown'
    } finally {
      release()
    }
  }

  async #tooBad(exit: number): Promise<ProgramHopeless> {
    const { name, logFile } = this.program
    return new ProgramHopeless(`${name} ended with ${exit}${await lastWords(logFile)}; see ${logFile}`)
  }
}
