// What a lane owes its agent after a setback: to be told to wait or to rewind, once, and only when nothing it sent
// before is still on its way into the log; and patience with what the agent sent before it heard.

export type Setback = {
  readonly kind: 'wait' | 'rewind'
  readonly reason: string
  /** The log moved under the agent, through another gateway say: its patience is not at stake. */
  readonly isBlameless?: boolean
}

/** Rewinds without a record appended in between that an honest agent may need. */
const PATIENT_REWINDS = 16

export class Setbacks {
  readonly #window: number
  /** The agent was told, or will be, to send again from the head. */
  resending = false
  #due: Setback | undefined
  #rewinds = 0
  #dropped = 0

  /** @param window records an agent may have under way */
  constructor(window: number) {
    this.#window = window
  }

  /** True when an honest agent would have come further by now. */
  get isHopeless(): boolean {
    return this.#rewinds > PATIENT_REWINDS
  }

  owe(setback: Setback): void {
    this.resending = true
    this.#due = setback
  }

  /** What is owed; it counts as told. */
  take(): Setback | undefined {
    const due = this.#due
    this.#due = undefined
    if (due) this.#dropped = 0
    if (due?.kind === 'rewind' && !due.isBlameless) this.#rewinds += 1
    return due
  }

  /** The record that was asked for has come. */
  resumed(): void {
    this.resending = false
    this.#due = undefined
    this.#dropped = 0
  }

  /** Another chain begins: what is still on its way belongs to the old one. */
  restart(): void {
    this.resumed()
    this.progressed()
    this.resending = true
  }

  progressed(): void {
    this.#rewinds = 0
  }

  /** A record that came too early is dropped; true when the agent has to be told again. */
  drop(): boolean {
    return ++this.#dropped > 2 * this.#window
  }
}
