// The law of the chaos suite: every observation whose spool append returned is in the archive once, or covered by a signed
// gap, or set aside and counted; and the tables have exactly the rows that the archive tells of, each once.
//
// After each fault only what is new is compared, so that the two-hundredth is not slower than the first, and rows are
// counted; at the end everything is, value by value, and the archive is checked from its bytes up.

import { setTimeout as sleep } from 'node:timers/promises'
import { ulidToUuid, uuidToUlid } from '@secumon/contracts/ids'
import { ArchiveEvidence, type ArchivedFrame } from './archive-evidence.ts'
import { ExpectedRows, type StrangeRow } from './expected-rows.ts'
import { Promises, type PromiseCounts, type Substitutes } from './promises.ts'
import type { Scene } from './scene.ts'
import { agentNames, countRows, storedRows, troubles, type Troubles } from './tables.ts'
import { verified } from './verified.ts'

const LOOK_MS = 300
const TOLD = 20

export type Verdict = PromiseCounts &
  Troubles & {
    /** Rows of host metrics, each told by one frame of the archive. */
    readonly rows: number
    /** Rows beside those, of frames that something else stands for in the archive. */
    readonly unproven: number
  }

/** The law is broken; the message says what differs. */
export class LawBroken extends Error {
  override readonly name = 'LawBroken'
}

export class Law {
  readonly promises: Promises
  readonly #scene: Scene
  readonly #archive: ArchiveEvidence
  readonly #rows = new ExpectedRows()
  readonly #unproven = new Set<string>()
  #unnamed: ArchivedFrame[] = []
  #names: ReadonlyMap<string, string> = new Map()
  #lastFault: unknown

  constructor(scene: Scene) {
    this.#scene = scene
    this.promises = new Promises(scene.fleets)
    this.#archive = new ArchiveEvidence(scene.platform)
  }

  /** Waits until everything promised until now is where it belongs. @throws LawBroken */
  async hold(healMs: number): Promise<Verdict> {
    await this.promises.readOn()
    await this.#within(healMs, () => this.#isSettled())
    if (this.#archive.faults.length > 0) throw new LawBroken(`the archive: ${some(this.#archive.faults)}`)
    return {
      ...this.promises.counts,
      ...(await troubles(this.#scene.platform)),
      rows: this.#rows.count,
      unproven: this.#unproven.size,
    }
  }

  /** Call when no agent measures any more. @throws LawBroken */
  async holdForAll(healMs: number): Promise<Verdict> {
    const verdict = await this.hold(healMs)
    await this.#within(healMs, async () => {
      await this.#readArchive()
      this.#rows.compare(await storedRows(this.#scene.platform, 0))
      const rows = await countRows(this.#scene.platform)
      return this.#isRowsSettled() && rows === this.#rows.count + this.#unproven.size
    })
    const { findings } = await this.#archive.check()
    if (findings.length > 0) throw new LawBroken(`the archive's check: ${some(findings)}`)
    const differences = await verified(this.#scene.platform, 'samples', this.#unproven.size > 0)
    if (differences.length > 0) throw new LawBroken(differences.join('\n'))
    return { ...verdict, rows: this.#rows.count, unproven: this.#unproven.size }
  }

  close(): Promise<void> {
    return this.#archive.close()
  }

  // Servers may be coming back from the fault.
  async #within(healMs: number, isSettled: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + healMs
    for (;;) {
      try {
        if (await isSettled()) return
        this.#lastFault = undefined
      } catch (error) {
        this.#lastFault = error
      }
      if (performance.now() > deadline) throw new LawBroken(this.#difference(), { cause: this.#lastFault })
      await sleep(LOOK_MS)
    }
  }

  async #isSettled(): Promise<boolean> {
    await this.#readArchive()
    if (this.promises.open.length > 0) this.promises.leaveOut(this.#substitutes())
    const { sinceMs } = this.#rows
    if (sinceMs !== undefined) this.#rows.compare(await storedRows(this.#scene.platform, sinceMs))
    return this.promises.open.length === 0 && this.#isRowsSettled()
  }

  #substitutes(): Substitutes {
    const left = Map.groupBy(this.#archive.leftBehind, ({ agent }) => this.#names.get(ulidToUuid(agent)))
    return {
      isGapped: ({ agent, epoch, sequence }) =>
        this.#idsOf(agent).some((id) => this.#archive.isGapped(id, epoch, sequence)),
      leftBehind: (agent) => left.get(agent) ?? [],
    }
  }

  #isRowsSettled(): boolean {
    return this.#rows.missing.length === 0 && this.#strange().length === 0
  }

  // The log can lose a frame after a projector has read it and before the archiver has; when the agent has dropped it
  // too, something else stands for it in the archive, and its row is one that nobody can prove.
  #strange(): StrangeRow[] {
    const { strange } = this.#rows
    const isUnproven = ({ agent, atMs, times, told }: StrangeRow) =>
      told === 0 && times === 1 && this.promises.isLeftOut(this.#names.get(agent) ?? '', atMs)
    for (const row of strange) if (isUnproven(row)) this.#unproven.add(`${row.agent}@${row.atMs}`)
    return strange.filter((row) => !isUnproven(row))
  }

  async #readArchive(): Promise<void> {
    const frames = await this.#archive.readOn()
    for (const { agent, rowAtMs } of frames) this.#rows.expect(ulidToUuid(agent), rowAtMs)
    this.#unnamed.push(...frames)
    this.#names = await agentNames(this.#scene.platform)
    // The archive can know an agent before the tables do.
    this.#unnamed = this.#unnamed.filter(({ agent, atMs }) => {
      const name = this.#names.get(ulidToUuid(agent))
      if (name !== undefined) this.promises.show(name, atMs)
      return name === undefined
    })
  }

  #idsOf(name: string): string[] {
    return [...this.#names].filter(([, known]) => known === name).map(([id]) => uuidToUlid(id))
  }

  #difference(): string {
    const open = this.promises.open.map(
      ({ agent, epoch, sequence, atMs }) => `${agent} ${epoch}/${sequence} at ${atMs}`,
    )
    const parts: [string, readonly string[]][] = [
      ['promised and not in the archive', open],
      ['archived and not in the tables', this.#rows.missing],
      ['in the tables and not archived so often', this.#strange().map((row) => JSON.stringify(row))],
    ]
    const told = parts.filter(([, list]) => list.length > 0).map(([what, list]) => `${what}: ${some(list)}`)
    return told.length > 0 ? told.join('\n') : 'the whole count of rows differs from the archive'
  }
}

const some = (all: readonly string[]): string =>
  `${all.length}: ${all.slice(0, TOLD).join('; ')}${all.length > TOLD ? ' …' : ''}`
