// The law of the chaos suite: every observation whose spool append returned is in the tables exactly once, or is covered
// by something signed; nothing is there twice.
//
// An agent that was put back to a snapshot owes only what it had taken before the snapshot: what came after went with its
// disk. Whatever of that had reached the log by then stays there once, and the agent goes on in a new epoch.

import { setTimeout as sleep } from 'node:timers/promises'
import { Journals, type Taken } from './journals.ts'
import { setAside } from './set-aside.ts'
import { doubledRows, rowsSince, troubles, type Troubles } from './tables.ts'
import type { Scene } from './scene.ts'

const HEAL_MS = 240_000
const LOOK_MS = 400
/** Rows are looked for from a little before the oldest observation that is still missing. */
const MARGIN_MS = 5_000

export type Verdict = {
  /** Observations promised so far, and those among them that agents set aside after a fork, telling so. */
  readonly observations: number
  readonly setAside: number
  /** That went with the disk of an agent put back to a snapshot. */
  readonly abandoned: number
} & Troubles

/** The law is broken; the message says what differs. */
export class LawBroken extends Error {
  override readonly name = 'LawBroken'
}

export class Law {
  readonly #scene: Scene
  readonly #journals: Journals
  /** By agent and time: promised and not yet seen. */
  readonly #open = new Map<string, Taken>()
  readonly #snapshots = new Map<string, number>()
  #observations = 0
  #setAside = 0
  #abandoned = 0

  constructor(scene: Scene) {
    this.#scene = scene
    this.#journals = new Journals(scene.fleets.journals)
  }

  async snapshotTaken(agent: string): Promise<void> {
    await this.#readOn()
    this.#snapshots.set(agent, this.#journals.lines(agent))
  }

  /** Call while the agent is down. */
  async snapshotRestored(agent: string): Promise<void> {
    await this.#readOn()
    const from = this.#snapshots.get(agent) ?? 0
    for (const [key, taken] of this.#open)
      if (taken.agent === agent && taken.line >= from) {
        this.#open.delete(key)
        this.#abandoned++
      }
  }

  /** Waits until everything promised until now is where it belongs. @throws LawBroken */
  async hold(healMs = HEAL_MS): Promise<Verdict> {
    await this.#readOn()
    const deadline = performance.now() + healMs
    while (!(await this.#settle())) {
      if (performance.now() > deadline) throw new LawBroken(this.#missing())
      await sleep(LOOK_MS)
    }
    const doubled = await doubledRows(this.#scene.platform)
    if (doubled.length > 0) throw new LawBroken(`more than once in the tables: ${JSON.stringify(doubled)}`)
    return {
      observations: this.#observations,
      setAside: this.#setAside,
      abandoned: this.#abandoned,
      ...(await troubles(this.#scene.platform)),
    }
  }

  async #readOn(): Promise<void> {
    for (const taken of await this.#journals.readOn()) {
      this.#open.set(`${taken.agent}@${taken.atMs}`, taken)
      this.#observations++
    }
  }

  async #settle(): Promise<boolean> {
    if (this.#open.size === 0) return true
    const oldestMs = Math.min(...[...this.#open.values()].map(({ atMs }) => atMs))
    for (const key of await rowsSince(this.#scene.platform, oldestMs - MARGIN_MS)) this.#open.delete(key)
    if (this.#open.size > 0) this.#leaveOutSetAside()
    return this.#open.size === 0
  }

  #leaveOutSetAside(): void {
    const { fleets } = this.#scene
    const agents = new Set([...this.#open.values()].map(({ agent }) => agent))
    for (const agent of agents) {
      const kept = setAside(fleets.stateDirectory(fleets.fleetNamed(agent), agent))
      for (const [key, taken] of this.#open)
        if (taken.agent === agent && kept.has(`${taken.epoch}/${taken.sequence}`)) {
          this.#open.delete(key)
          this.#setAside++
        }
    }
  }

  #missing(): string {
    const some = [...this.#open.values()].slice(0, 20)
    const list = some.map(({ agent, epoch, sequence, atMs }) => `${agent} ${epoch}/${sequence} at ${atMs}`)
    return `${this.#open.size} observations are nowhere: ${list.join('; ')}`
  }
}
