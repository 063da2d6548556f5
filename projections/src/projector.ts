// A projector folds the log into one read model. The loop in project.ts gives it batches that are contiguous, not
// seen before and in order, and commits what it writes together with the checkpoint.

import type { FrameHeader, GapHeader } from '@secumon/contracts/frame'
import type { GatewayAlive, Tick, Watermark } from '@secumon/contracts/gen/frame'
import type { Envelope } from '@secumon/contracts/gen/envelope'
import type { Observation } from '@secumon/contracts/gen/observation'
import type { Database } from '@secumon/infra/database/database'
import type { Kysely, Transaction } from 'kysely'
import type { PlatformTx } from './admission.ts'
import type { Generation } from './generations.ts'

/** Where a fact came from: enough to name it in a dead letter. */
export type Source = { readonly stream: string; readonly position: number; readonly subject: string }

export type FrameFact = {
  readonly kind: 'frame'
  readonly source: Source
  readonly header: FrameHeader
  /** Gateway's clock when it arrived, milliseconds. */
  readonly receivedAtMs: number
  /** Add to agent time when its absolute value exceeds 5,000. */
  readonly clockOffsetMs: number
  readonly hash: Uint8Array
  /** The frame as signed. */
  readonly bytes: Uint8Array
  /** Decoded on first call, then remembered. @throws MalformedFrame */
  observations(): readonly Observation[]
}

export type GapFact = {
  readonly kind: 'gap'
  readonly source: Source
  readonly header: GapHeader
  readonly receivedAtMs: number
}
export type WatermarkFact = {
  readonly kind: 'watermark'
  readonly source: Source
  readonly watermark: Watermark
}
export type TickFact = { readonly kind: 'tick'; readonly source: Source; readonly tick: Tick }
export type GatewayFact = { readonly kind: 'gateway'; readonly source: Source; readonly alive: GatewayAlive }
export type EnvelopeFact = {
  readonly kind: 'envelope'
  readonly source: Source
  readonly tenant: string
  readonly aggregate: string
  readonly id: string
  readonly envelope: Envelope
  readonly payload: Uint8Array
}

export type Fact = FrameFact | GapFact | WatermarkFact | TickFact | GatewayFact | EnvelopeFact

/** The tables of the generation being written; queries get theirs by the same name. */
export type GenerationTx = Transaction<unknown>

export type AfterCommit = () => void

export type Projector = {
  /** Kebab-case; names its checkpoints, its generations and its metrics. */
  readonly name: string
  /** Raise it when the same log must give other rows: a new generation is built and takes the place of the old. */
  readonly version: number
  /** Which streams feed it. */
  readonly feeds: readonly ('events' | 'telemetry' | 'logs')[]
  /** `sql`: rows and checkpoint in one transaction. `idempotent`: write, then checkpoint. */
  readonly sink: 'sql' | 'idempotent'
  /** Its commits wait for the disk: what it holds decides what happened. Others are played again from the log. */
  readonly durable?: boolean
  /** Takes sealed envelopes as they lie in the log. Others get them opened, and a shredded one without any events. */
  readonly takesSealed?: boolean
  /** Creates its tables in a new generation's schema. */
  createTables?(db: Kysely<unknown>, schema: string): Promise<void>
  /**
   * Creates what this code adds to tables that are there: called after `createTables`, and for the live generation
   * whenever a process takes it up. Never at the same time for one projection.
   */
  completeTables?(db: Kysely<unknown>, generation: TablesOfGeneration): Promise<void>
  /** All of them. */
  readonly tables?: readonly GenerationTable[]
  /** What is made of its tables' rows, beside them. */
  readonly derived?: DerivedTables
  /** Takes over what an older generation's rows still say of agents that a new one knows nothing of. */
  carryOver?(tx: GenerationTx, from: string, to: string): Promise<void>
  /**
   * Called for each fact of a batch, in order, before `project`. Throws when the fact can never be projected: it becomes
   * a dead letter at once, without a search for it. May do the fact's work as far as it needs no transaction.
   */
  prepare?(fact: Fact): void
  /**
   * Facts of different agents may come in any order: they are given agent by agent, because rows that lie together cost
   * the database less and are found faster.
   */
  readonly anyOrder?: boolean
  /** The loop (re-)reads the stream's checkpoint: what is remembered of the stream's rows may be another's work. */
  forget?(stream: string): void
  /**
   * Folds one batch. Throws to have the batch bisected; a single fact that still fails becomes a dead letter. What it
   * returns is called once the transaction is committed: live fan-out, caches.
   */
  project(batch: readonly Fact[], tx: GenerationTx, schema: string): Promise<AfterCommit | undefined>
}

export type TablesOfGeneration = { readonly schema: string; readonly generation: number }

/** What is told of a table so that two generations of it can be compared, and old rows be kept. */
export type GenerationTable = {
  readonly name: string
  /** The uuid column that says whose rows they are. */
  readonly agent?: string
  /** The timestamptz column that says when; absent: rows are a state, and are changed. */
  readonly time?: string
  /** Rows older than this are removed at some time. */
  readonly keptDays?: number
  /** Columns that tell of the whole past: a generation that knows less of it has other values in them. */
  readonly ofTheWholePast?: readonly string[]
}

/** Tables of a generation that somebody makes of others of it, again and again: they follow from those. */
export type DerivedTables = {
  readonly tables: readonly DerivedTable[]
  /** Makes all of a generation that can be made by now. Before one that was built goes live. @throws the signal's reason */
  bringUp(bringing: BringingUp): Promise<void>
  /** Takes to schema `sealed` what belongs there with the rows of a day, which have just been moved in the transaction. */
  sealDay(tx: PlatformTx, day: SealedDay): Promise<void>
}

export type DerivedTable = Required<Pick<GenerationTable, 'name' | 'agent' | 'time' | 'keptDays'>> & {
  /** The table that it is made of in the end. */
  readonly of: string
}

export type BringingUp = {
  readonly db: Database
  readonly generation: Generation
  readonly nowMs: number
  readonly signal: AbortSignal
  /** Says how far it is. */
  readonly say: (detail: string) => Promise<void>
}

export type SealedDay = {
  /** Whose rows were moved, because the next one knows nothing of them. */
  readonly live: Generation
  readonly next: Generation
  readonly table: string
  /** Counts from 1970-01-01 UTC. */
  readonly day: number
}
