// One process of the scene, kept as an init system would keep it: killed or frozen by faults, started again afterwards.
// An end that no fault caused is told.

import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '@secumon/infra/embedded/child'

const STARTS = 5
const RETRY_MS = 1_000

export type KeptProcessOptions = {
  readonly name: string
  readonly start: () => Promise<Child>
  /** It ended and nobody had struck it down. */
  readonly onOwnEnd: (name: string, exit: number | string) => void
}

export class KeptProcess {
  readonly name: string
  readonly #options: KeptProcessOptions
  #child: Child | undefined

  constructor(options: KeptProcessOptions) {
    this.name = options.name
    this.#options = options
  }

  get isUp(): boolean {
    return this.#child !== undefined
  }

  /** @throws Error while it is down */
  get pid(): number {
    if (!this.#child) throw new Error(`${this.name} is down`)
    return this.#child.pid
  }

  /** Starts it when it is down. @throws the last error when it does not come up in five tries */
  async ensureUp(): Promise<void> {
    for (let tried = 1; !this.#child; tried++) {
      try {
        this.#adopt(await this.#options.start())
      } catch (error) {
        if (tried === STARTS) throw error
        await sleep(RETRY_MS)
      }
    }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = undefined
    await child?.stop(signal, signal === 'SIGTERM' ? 15_000 : undefined)
  }

  /** Stops it where it stands, with all its descendants. */
  freeze(): void {
    this.#signalTree('SIGSTOP')
  }

  thaw(): void {
    this.#signalTree('SIGCONT')
  }

  #adopt(child: Child): void {
    this.#child = child
    void child.ended.then((exit) => {
      if (this.#child !== child) return
      this.#child = undefined
      this.#options.onOwnEnd(this.name, exit)
    })
  }

  #signalTree(signal: NodeJS.Signals): void {
    if (!this.#child) return
    for (const pid of [this.#child.pid, ...descendants(this.#child.pid)]) {
      try {
        process.kill(pid, signal)
      } catch {
        // It ended meanwhile.
      }
    }
  }
}

/** Processes below one, as /proc has them now. */
export function descendants(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = parentOf(entry)
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)])
  }
  const below = (pid: number): number[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)])
  return below(root)
}

function parentOf(pid: string): number | undefined {
  try {
    // The name of the program is in parentheses and may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}
