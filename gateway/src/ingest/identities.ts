// Who the agents are: the aggregate `identity` of every agent, folded from EVENTS in memory and followed. Ingest asks
// nobody else.

import { fromBinary } from '@bufbuild/protobuf'
import type { KeyObject } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { epochAnchor } from '@secumon/contracts/epoch'
import { EnvelopeSchema, type Envelope } from '@secumon/contracts/gen/envelope'
import type { LaneName } from '@secumon/contracts/lanes'
import { publicKeyFromRaw } from '@secumon/contracts/signing'
import { aggregateSubjects, EVENTS_STREAM, parseEventSubject } from '@secumon/contracts/subjects'
import type { Identity } from '@secumon/domain/identity'
import { LogDisconnected, type EventLog, type LogMessage } from '@secumon/infra/eventlog/event-log'
import { eventsOf } from '@secumon/infra/eventlog/handle'
import type { Logger } from 'pino'
import { equalBytes } from './chain.ts'
import { IdentityHistory } from './identity-history.ts'
import { isDown } from './log-up.ts'

const SUBJECTS = aggregateSubjects('identity')
const RETRY_MS = 250

/** An agent as its streams see it; replaced, never changed, when an event arrives. */
export class KnownAgent {
  readonly agent: string
  readonly identity: Identity
  #key: KeyObject | undefined
  #anchors: Partial<Record<LaneName, Uint8Array>> = {}

  constructor(agent: string, identity: Identity) {
    this.agent = agent
    this.identity = identity
  }

  get key(): KeyObject {
    return (this.#key ??= publicKeyFromRaw(this.identity.publicKey))
  }

  /** The newest epoch of a lane: 0 when it has none. */
  epoch(lane: LaneName): number {
    return Number(this.identity.epochs[lane]?.epoch ?? 0n)
  }

  /** What sequence 1 of the newest epoch names as its previous hash. */
  anchor(lane: LaneName): Uint8Array {
    const started = this.identity.epochs[lane]
    return (this.#anchors[lane] ??= started ? epochAnchor(started) : new Uint8Array(32))
  }
}

/** One pass over the log: what it has folded, and how far. */
type Fold = {
  readonly agents: Map<string, Followed>
  position: number
  hash: Uint8Array
  /** Under which its position was compared with the log: a log put back in time has others. */
  connection: number
}

type Followed = { readonly history: IdentityHistory; known: KnownAgent | undefined }

const emptyFold = (): Fold => ({ agents: new Map(), position: 0, hash: new Uint8Array(), connection: -1 })

// EVENTS never forgets. What a fold lacks was read from a damaged log: nobody is sent away and no revocation is undone.
function keepNewest(fold: Fold, before: Fold): void {
  for (const [agent, followed] of before.agents)
    if (followed.history.version > (fold.agents.get(agent)?.history.version ?? 0))
      fold.agents.set(agent, followed)
}

export type IdentitiesOptions = {
  readonly log: EventLog
  readonly logger: Logger
  /** Called after each change of an agent's identity. */
  readonly onChange: (known: KnownAgent) => void
}

export class Identities {
  readonly #options: IdentitiesOptions
  readonly #stop = new AbortController()
  #fold = emptyFold()
  #waiting: { readonly position: number; readonly resolve: () => void }[] = []
  #following: Promise<void> = Promise.resolve()
  #started = Promise.withResolvers<void>()
  #catchingUp: Promise<boolean> | undefined
  /** False while the log is not being read: what is known may be old. */
  following = false

  constructor(options: IdentitiesOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#fold.agents.size
  }

  get(agent: string): KnownAgent | undefined {
    return this.#fold.agents.get(agent)?.known
  }

  /** Resolves when everything the log held at the start is folded. */
  start(): Promise<void> {
    this.#following = this.#follow()
    return this.#started.promise
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#following
  }

  /** Waits until what the log holds now is folded; false when the log cannot say within the time. */
  catchUp(timeoutMs: number): Promise<boolean> {
    return (this.#catchingUp ??= this.#catchUp(timeoutMs).finally(() => (this.#catchingUp = undefined)))
  }

  /** Takes what this gateway has just appended, ahead of reading it from the log. */
  learn(agent: string, envelopes: readonly Envelope[]): void {
    for (const envelope of envelopes) this.#apply(this.#fold, agent, envelope)
  }

  async #catchUp(timeoutMs: number): Promise<boolean> {
    if (isDown(this.#options.log)) return false
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => resolve(false), timeoutMs)
    this.#lastPosition().then(
      (position) => this.#whenAt(position, () => resolve(true)),
      () => resolve(false),
    )
    return promise.finally(() => clearTimeout(timer))
  }

  async #lastPosition(): Promise<number> {
    return (await this.#options.log.lastMessage(EVENTS_STREAM, SUBJECTS))?.position ?? 0
  }

  #whenAt(position: number, resolve: () => void): void {
    const { position: folded, connection } = this.#fold
    if (folded >= position && connection === this.#options.log.connectionNumber) resolve()
    else this.#waiting.push({ position, resolve })
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        const { connectionNumber } = this.#options.log
        await this.#read(await this.#resumable(), connectionNumber, signal)
      } catch (error) {
        if (!(error instanceof LogDisconnected))
          this.#options.logger.error({ err: error }, 'identities are not followed')
      }
      this.following = false
      await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  // A log that was rolled back may hold other events at the same positions: then everything is folded anew.
  async #resumable(): Promise<Fold> {
    const fold = this.#fold
    if (fold.position === 0) return emptyFold()
    const last = await this.#options.log.messageAt(EVENTS_STREAM, fold.position)
    return last && equalBytes(last.hash(), fold.hash) ? fold : emptyFold()
  }

  async #read(fold: Fold, connectionNumber: number, signal: AbortSignal): Promise<void> {
    const { log } = this.#options
    const target = await this.#lastPosition()
    fold.connection = connectionNumber
    this.#adopt(fold, target)
    this.following = true
    for await (const batch of log.consume(EVENTS_STREAM, {
      start: fold.position + 1,
      connectionNumber,
      signal,
      subject: SUBJECTS,
    })) {
      for (const message of batch) this.#take(fold, message)
      this.#adopt(fold, target)
    }
  }

  // A new fold replaces the old one when it knows all that the log held, so that nobody is unknown meanwhile.
  #adopt(fold: Fold, target: number): void {
    if (fold.position < target) return
    const replaced = this.#fold !== fold
    if (replaced) keepNewest(fold, this.#fold)
    this.#fold = fold
    if (replaced) for (const { known } of fold.agents.values()) if (known) this.#options.onChange(known)
    this.#started.resolve()
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const { position, resolve } of waiting) this.#whenAt(position, resolve)
  }

  #take(fold: Fold, message: LogMessage): void {
    const subject = parseEventSubject(message.subject)
    // A copy, because the decoded keys are views and would keep the connection's buffers alive.
    const envelope = fromBinary(EnvelopeSchema, Uint8Array.from(message.payload))
    if (subject) this.#apply(fold, subject.id, envelope)
    fold.position = message.position
    fold.hash = message.hash()
  }

  #apply(fold: Fold, agent: string, envelope: Envelope): void {
    const followed = fold.agents.get(agent) ?? { history: new IdentityHistory(), known: undefined }
    fold.agents.set(agent, followed)
    followed.history.take(Number(envelope.version), eventsOf(envelope))
    const { state } = followed.history
    if (!state || state === followed.known?.identity) return
    followed.known = new KnownAgent(agent, state)
    if (fold === this.#fold) this.#options.onChange(followed.known)
  }
}
