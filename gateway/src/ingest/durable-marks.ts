// How far a lane is safe from a crash of the log's machine, until an archive can say: what has been in the log for the
// delay, on one connection. Remembers a few marks and never answers too much.

/** At most this many marks in one delay. */
const MARKS = 15
/** Lanes whose marks outlive their stream, so that an agent on a bad link still gets its spool freed. */
const REMEMBERED_LANES = 50_000

type Mark = { readonly sequence: number; readonly atMs: number }

/** What marks are worth something under: another epoch or connection proves nothing. */
export type MarksBasis = { readonly epoch: number; readonly connection: number }

/** The marks of one lane. Times are monotonic milliseconds. */
export class DurableMarks {
  readonly #delayMs: number
  #marks: Mark[] = []
  #basis: MarksBasis = { epoch: 0, connection: 0 }
  #newest = 0
  /** The highest sequence that was found durable on this basis; 0 for none. */
  said = 0

  constructor(delayMs: number) {
    this.#delayMs = delayMs
  }

  /** The log was read and ends at `sequence`: earlier marks stand only on the same basis and if nothing was lost. */
  confirm(basis: MarksBasis, sequence: number, atMs: number): void {
    const same = basis.epoch === this.#basis.epoch && basis.connection === this.#basis.connection
    if (!same || sequence < this.#newest) {
      this.#marks = []
      this.#newest = this.said = 0
      this.#basis = basis
    }
    this.accepted(sequence, atMs)
  }

  /** The log held `sequence` at that time. A mark is kept only when the newest is old enough. */
  accepted(sequence: number, atMs: number): void {
    this.#newest = Math.max(this.#newest, sequence)
    const last = this.#marks.at(-1)
    if (last && (sequence <= last.sequence || atMs - last.atMs < this.#delayMs / MARKS)) return
    if (sequence > this.said) this.#marks.push({ sequence, atMs })
  }

  /** The highest sequence that has been in the log for the delay. Ask only while the log is there. */
  durable(nowMs: number): number {
    while (this.#marks[0] && nowMs - this.#marks[0].atMs >= this.#delayMs)
      this.said = this.#marks.shift()?.sequence ?? this.said
    return this.said
  }
}

/** The marks of the lanes seen lately; the longest unused are forgotten. */
export class MarksMemory {
  readonly #delayMs: number
  readonly #lanes = new Map<string, DurableMarks>()

  constructor(delayMs: number) {
    this.#delayMs = delayMs
  }

  of(subject: string): DurableMarks {
    const marks = this.#lanes.get(subject) ?? new DurableMarks(this.#delayMs)
    this.#lanes.delete(subject)
    this.#lanes.set(subject, marks)
    const [oldest] = this.#lanes.keys()
    if (this.#lanes.size > REMEMBERED_LANES && oldest !== undefined) this.#lanes.delete(oldest)
    return marks
  }
}
