// What agents have promised and nobody has shown yet: observations that a spool has taken.
//
// An agent that was put back to a snapshot owes only what it had taken before the snapshot: what came after went with its
// disk. Whatever of that had reached the log by then stays there once, and the agent goes on in a new epoch. Frames that
// it made before it learnt that are set aside on its disk, and the epoch's event counts them; what its spool had dropped
// by then is covered by a gap of the new epoch.

import type { Fleets } from './fleets.ts'
import { Journals, type Taken } from './journals.ts'
import { KeptPlaces, type LeftBehind } from './kept-places.ts'
import { setAside } from './set-aside.ts'

export type PromiseCounts = {
  /** Promised so far. */
  readonly observations: number
  /** Covered by gaps; set aside after a fork; gone with the disk of an agent put back to a snapshot. */
  readonly gapped: number
  readonly setAside: number
  readonly abandoned: number
}

/** What the archive has in place of frames. */
export type Substitutes = {
  readonly isGapped: (taken: Taken) => boolean
  /** By the agent's name. */
  readonly leftBehind: (agent: string) => readonly LeftBehind[]
}

export class Promises {
  readonly #fleets: Fleets
  readonly #journals: Journals
  /** By agent and time. */
  readonly #open = new Map<string, Taken>()
  readonly #shown = new Set<string>()
  readonly #leftOut = new Set<string>()
  readonly #places = new KeptPlaces()
  /** Lines of the agent's journal when its snapshot was taken. */
  readonly #snapshots = new Map<string, number>()
  readonly #counts = { observations: 0, gapped: 0, setAside: 0, abandoned: 0 }

  constructor(fleets: Fleets) {
    this.#fleets = fleets
    this.#journals = new Journals(fleets.journals)
  }

  get counts(): PromiseCounts {
    return { ...this.#counts, gapped: this.#counts.gapped + this.#places.count }
  }

  get open(): readonly Taken[] {
    return [...this.#open.values()]
  }

  async readOn(): Promise<void> {
    for (const taken of await this.#journals.readOn()) {
      this.#counts.observations++
      const key = promiseKey(taken.agent, taken.atMs)
      if (!this.#shown.delete(key)) this.#open.set(key, taken)
    }
  }

  /** An observation is where it belongs; the journal may tell of it later. */
  show(agent: string, atMs: number): void {
    const key = promiseKey(agent, atMs)
    if (this.#places.giveBack(key)) this.#leftOut.delete(key)
    else if (!this.#open.delete(key)) this.#shown.add(key)
  }

  /** Takes out what gaps stand for and what agents have set aside. */
  leaveOut({ isGapped, leftBehind }: Substitutes): void {
    const kept = new Map<string, Set<string>>()
    for (const [key, taken] of this.#open) {
      const { agent, epoch, sequence } = taken
      const aside = kept.get(agent) ?? this.#setAside(agent)
      kept.set(agent, aside)
      if (isGapped(taken)) this.#counts.gapped++
      else if (aside.has(`${epoch}/${sequence}`)) this.#counts.setAside++
      else if (!this.#places.cover(key, taken, leftBehind(agent))) continue
      this.#leaveOut(key)
    }
  }

  /** Whether the observation was promised and then covered by something else than its frame. */
  isLeftOut(agent: string, atMs: number): boolean {
    return this.#leftOut.has(promiseKey(agent, atMs))
  }

  async snapshotTaken(agent: string): Promise<void> {
    await this.readOn()
    this.#snapshots.set(agent, this.#journals.lines(agent))
  }

  /** Call while the agent is down. */
  async snapshotRestored(agent: string): Promise<void> {
    await this.readOn()
    const from = this.#snapshots.get(agent) ?? 0
    for (const [key, taken] of this.#open)
      if (taken.agent === agent && taken.line >= from) {
        this.#leaveOut(key)
        this.#counts.abandoned++
      }
  }

  #leaveOut(key: string): void {
    this.#open.delete(key)
    this.#leftOut.add(key)
  }

  #setAside(agent: string): Set<string> {
    return setAside(this.#fleets.stateDirectory(this.#fleets.fleetNamed(agent), agent))
  }
}

const promiseKey = (agent: string, atMs: number): string => `${agent}@${atMs}`
