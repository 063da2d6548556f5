// Which rules judge which message of a shard. New ones wait until their activation is in the log: it names the message
// from which on they judge, so that whoever reads the log again switches at the same place.

import { create } from '@bufbuild/protobuf'
import { RuleSetActivatedSchema, type RuleSetActivated } from '@secumon/contracts/gen/rule'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import type { AggregateRef, DomainEvent } from '@secumon/domain/decider'
import type { RuleSet } from '@secumon/domain/evaluation/rule-set'
import { eventsOf } from '@secumon/infra/eventlog/handle'
import type { EnvelopeFact } from '../../projector.ts'
import { enter, isEntered, ruleSetOf, rulesHash, type BookEntry, type RuleBook } from './rule-book.ts'

/** The aggregate that tells what a shard's evaluator does. */
export const evaluatorAggregate = (shard: number): AggregateRef => ({
  tenant: SYSTEM_TENANT,
  aggregate: 'evaluator',
  id: `shard-${shard}`,
})

/** Another process has activated rules for this shard: this one no longer leads. */
export class NotLeading extends Error {
  override readonly name = 'NotLeading'
}

/** Where the rules in force were taken from. */
export type InForce = {
  readonly book: RuleBook
  /** Of EVENTS: all of rules and agents up to here is in the book. */
  readonly eventsPosition: number
  /** Of the evaluator's aggregate: the activation that put them in force; 0 before the first. */
  readonly version: number
}

/** The newest activation in the log: its version, and where it lies while that is known. */
export type NewestActivation = { readonly version: number; readonly position: number | undefined }

type Activation = Pick<RuleSetActivated, 'rulesHash'> & {
  readonly version: number
  readonly eventsPosition: number
  telemetryPosition: number
}

export type Proposal = {
  readonly event: DomainEvent
  readonly version: number
  /** Where the aggregate must end for it. */
  readonly expected: number
}

export type RuleFeedOptions = {
  readonly shard: number
  readonly inForce: InForce
  readonly newest: NewestActivation
  /** The rules are not those that were activated: the log is not what it was. */
  readonly onMismatch: (version: number) => void
}

export class RuleFeed {
  readonly #options: RuleFeedOptions
  readonly #book: RuleBook
  #eventsPosition: number
  #inForceVersion: number
  #entries: BookEntry[] = []
  #activations: Activation[] = []
  #newest: NewestActivation
  #readTo: number
  #led = false

  constructor(options: RuleFeedOptions) {
    const { book, eventsPosition, version } = options.inForce
    this.#options = options
    this.#book = book
    this.#eventsPosition = eventsPosition
    this.#inForceVersion = version
    this.#newest = options.newest
    this.#readTo = eventsPosition
  }

  get inForce(): InForce {
    const isCurrent = this.#entries.length === 0 && this.#activations.length === 0
    const eventsPosition = isCurrent ? this.#readTo : this.#eventsPosition
    return { book: this.#book, eventsPosition, version: this.#inForceVersion }
  }

  get ruleSet(): RuleSet {
    return ruleSetOf(this.#book)
  }

  /** Of EVENTS, read so far. */
  get readTo(): number {
    return this.#readTo
  }

  /** There is news that no activation covers yet, and the last one is known to lie in the log. */
  get hasNews(): boolean {
    return this.#newest.position !== undefined && this.#entries.length > 0 && this.#activations.length === 0
  }

  /** Takes what was read of EVENTS, in order. @throws NotLeading */
  read(facts: readonly EnvelopeFact[], readTo: number): void {
    for (const fact of facts) {
      if (fact.aggregate === 'evaluator') this.#readActivation(fact)
      else if (fact.aggregate === 'rule' || fact.aggregate === 'agent')
        this.#readEntry({ ...entryOf(fact), aggregate: fact.aggregate })
    }
    this.#readTo = readTo
  }

  /** From now on nobody else may activate rules; what waits beyond the stream's end is due at its next message. */
  lead(telemetryEnd: number): void {
    this.#led = true
    for (const activation of this.#activations)
      activation.telemetryPosition = Math.min(activation.telemetryPosition, telemetryEnd + 1)
  }

  /** The rules that judge from this message on, where they are others than before it. */
  at(telemetryPosition: number): RuleSet | undefined {
    let changed = false
    for (let next = this.#activations[0]; next; next = this.#activations[0]) {
      if (next.telemetryPosition > telemetryPosition) break
      this.#activations.shift()
      this.#activate(next)
      changed = true
    }
    return changed ? this.ruleSet : undefined
  }

  /** What would be in force if all that was read were. */
  get ahead(): RuleSet {
    const book = { rules: new Map(this.#book.rules), agents: this.#book.agents }
    for (const entry of this.#entries) if (entry.aggregate === 'rule') enter(book, entry)
    return ruleSetOf(book)
  }

  /** What to append so that all that was read judges from this message on. */
  propose(telemetryPosition: number): Proposal {
    const { shard } = this.#options
    const ruleSet = this.ahead
    const value = create(RuleSetActivatedSchema, {
      shard,
      eventsPosition: BigInt(this.#readTo),
      telemetryPosition: BigInt(telemetryPosition),
      rulesHash: rulesHash(ruleSet),
      rules: ruleSet.rules.length,
    })
    const event: DomainEvent = { case: 'ruleSetActivated', value }
    return { event, version: this.#newest.version + 1, expected: this.#newest.position ?? 0 }
  }

  /** The proposal is in the log. */
  accepted({ event, version }: Proposal): void {
    if (event.case !== 'ruleSetActivated' || version <= this.#newest.version) return
    this.#newest = { version, position: undefined }
    this.#activations.push(activationOf(event.value, version))
  }

  // What is in the book already was read again because the log was rolled back.
  #readEntry(entry: BookEntry): void {
    if (!isEntered(this.#book, entry)) this.#entries.push(entry)
  }

  #readActivation({ id, source, envelope }: EnvelopeFact): void {
    const version = Number(envelope.version)
    if (version < this.#newest.version && version <= this.#inForceVersion) return
    if (version > this.#newest.version && this.#led) throw new NotLeading(`${id} was activated by another`)
    if (version >= this.#newest.version) this.#newest = { version, position: source.position }
    if (version <= (this.#activations.at(-1)?.version ?? this.#inForceVersion)) return
    for (const event of eventsOf(envelope))
      if (event.case === 'ruleSetActivated') this.#activations.push(activationOf(event.value, version))
  }

  #activate({ eventsPosition, version, rulesHash: expected }: Activation): void {
    const later = this.#entries.findIndex(({ position }) => position > eventsPosition)
    const due = this.#entries.splice(0, later === -1 ? this.#entries.length : later)
    for (const entry of due) enter(this.#book, entry)
    this.#eventsPosition = Math.max(this.#eventsPosition, eventsPosition)
    this.#inForceVersion = version
    if (Buffer.compare(rulesHash(this.ruleSet), expected) !== 0) this.#options.onMismatch(version)
  }
}

const activationOf = (value: RuleSetActivated, version: number): Activation => ({
  version,
  rulesHash: value.rulesHash,
  eventsPosition: Number(value.eventsPosition),
  telemetryPosition: Number(value.telemetryPosition),
})

const entryOf = ({ source, tenant, id, envelope }: EnvelopeFact): Omit<BookEntry, 'aggregate'> => {
  const { position } = source
  return { position, tenant, id, version: Number(envelope.version), events: eventsOf(envelope) }
}
