// One batch, one transaction: checkpoint, positions, rows and dead letters are committed together or not at all.

import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import type { PlatformTables } from '@secumon/migrations/platform-tables'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { Admission, PlatformTx, PositionBook } from './admission.ts'
import { advance, moveCheckpoint, type Checkpoint } from './checkpoints.ts'
import { writeDeadLetters, type Refused } from './dead-letters.ts'
import { readFact } from './facts.ts'
import { isInfrastructure } from './failure.ts'
import { writeHoles } from './holes.ts'
import type { Projection } from './lane-positions.ts'
import type { AfterCommit, Fact, Projector } from './projector.ts'
import { openerOf, type OpenFact } from './sealed-facts.ts'

/** What commits need, the same for all batches of a session. */
export type BatchContext = {
  readonly db: Kysely<PlatformTables>
  readonly projector: Projector
  /** What positions, holes and dead letters are kept under. */
  readonly projection: Projection
  readonly schema: string
  readonly book: PositionBook
  /** Open sealed envelopes. */
  readonly keys: ArchiveKeys
  /** False where the log can play a lost transaction again. */
  readonly synchronousCommit: boolean
  /** Where a commit leads the checkpoint; absent: to its newest message. */
  readonly advance?: typeof advance
  readonly nowMs: () => number
}

export type Committed = {
  readonly checkpoint: Checkpoint
  readonly facts: readonly Fact[]
  readonly admission: Admission
  readonly refused: readonly Refused[]
  readonly afterCommit: AfterCommit | undefined
}

type Read = { readonly message: LogMessage; readonly fact: Fact }

/**
 * Takes messages in as few transactions as possible: a batch that fails through its content is halved until the
 * message at fault stands alone and becomes a dead letter. Each part is committed for itself, in order.
 * @throws what is not the messages' fault, and CheckpointMoved; the parts before it stay committed
 */
export async function* commitMessages(
  context: BatchContext,
  checkpoint: Checkpoint,
  messages: readonly LogMessage[],
): AsyncGenerator<Committed> {
  let committed: Committed
  try {
    committed = await commitOnce(context, checkpoint, { messages })
  } catch (error) {
    if (isInfrastructure(error) || !(await isAlive(context.db))) throw error
    yield* halve(context, checkpoint, { messages, error })
    return
  }
  yield committed
}

type Failed = { readonly messages: readonly LogMessage[]; readonly error: unknown }

async function* halve(
  context: BatchContext,
  checkpoint: Checkpoint,
  { messages, error }: Failed,
): AsyncGenerator<Committed> {
  if (messages.length === 1) {
    yield await commitOnce(context, checkpoint, { messages, refusedWith: error })
    return
  }
  let last = checkpoint
  const middle = messages.length >> 1
  for (const part of [messages.slice(0, middle), messages.slice(middle)])
    for await (const committed of commitMessages(context, last, part)) {
      last = committed.checkpoint
      yield committed
    }
}

type Attempt = {
  readonly messages: readonly LogMessage[]
  /** Given: the messages go to the dead letters with this error instead of to the projector. */
  readonly refusedWith?: unknown
}

async function commitOnce(context: BatchContext, from: Checkpoint, attempt: Attempt): Promise<Committed> {
  const newest = attempt.messages.at(-1)
  if (!newest) throw new RangeError('a batch needs a message')
  const nowMs = context.nowMs()
  const to = (context.advance ?? advance)(from, newest, nowMs)
  const prepared = await prepare(context, attempt)
  const committed = await context.db.transaction().execute(async (tx) => {
    await sql`set local synchronous_commit = ${sql.raw(context.synchronousCommit ? 'on' : 'off')}`.execute(tx)
    await moveCheckpoint(tx, from, to, nowMs)
    return { checkpoint: to, ...(await applyAll(context, tx, prepared)) }
  })
  context.book.confirm()
  return committed
}

type Prepared = Attempt & {
  readonly reads: readonly Read[]
  readonly refused: Refused[]
  readonly open: OpenFact | undefined
}

/** What needs no transaction. */
async function prepare({ projector, keys }: BatchContext, attempt: Attempt): Promise<Prepared> {
  const { reads, refused } = readAll(attempt.messages)
  const facts = projector.takesSealed ? [] : reads.map(({ fact }) => fact)
  return { ...attempt, reads, refused, open: await openerOf(facts, keys) }
}

async function applyAll(
  context: BatchContext,
  tx: PlatformTx,
  prepared: Prepared,
): Promise<Omit<Committed, 'checkpoint'>> {
  const { projector, projection, book, schema } = context
  const { reads, refused } = prepared
  const admission = await book.admit(
    tx,
    reads.map(({ fact }) => fact),
  )
  const admitted = projector.anyOrder ? byAgent(admission.admitted) : admission.admitted
  const facts = keepSound(admitted, projector, prepared)
  const untypedTx = tx as Transaction<unknown>
  const afterCommit = facts.length > 0 ? await projector.project(facts, untypedTx, schema) : undefined
  const nowMs = context.nowMs()
  await book.write(tx)
  await writeHoles(tx, projection, { holes: admission.holes, nowMs })
  await writeDeadLetters(tx, projection, { refused, nowMs })
  return { facts, admission, refused, afterCommit }
}

function readAll(messages: readonly LogMessage[]): { reads: Read[]; refused: Refused[] } {
  const reads: Read[] = []
  const refused: Refused[] = []
  for (const message of messages)
    try {
      reads.push({ message, fact: readFact(message) })
    } catch (error) {
      refused.push({ message, error })
    }
  return { reads, refused }
}

// What is refused here was admitted: its position counts as taken, because the dead letter holds it.
function keepSound(facts: readonly Fact[], projector: Projector, prepared: Prepared): readonly Fact[] {
  const { reads, refused, open } = prepared
  if (!projector.prepare && !open && !('refusedWith' in prepared)) return facts
  const messages = new Map(reads.map(({ message, fact }) => [fact, message]))
  return facts.flatMap((fact) => {
    try {
      if ('refusedWith' in prepared) throw prepared.refusedWith
      const opened = open?.(fact) ?? fact
      projector.prepare?.(opened)
      return [opened]
    } catch (error) {
      const message = messages.get(fact)
      if (message) refused.push({ message, error })
      return []
    }
  })
}

// Stable: the facts of one agent keep their order.
const byAgent = (facts: readonly Fact[]): readonly Fact[] =>
  facts.toSorted((a, b) => {
    const [first, second] = [agentOf(a), agentOf(b)]
    return first < second ? -1 : Number(first > second)
  })

const agentOf = (fact: Fact): string => (fact.kind === 'frame' ? fact.header.agent : '')

const isAlive = (db: Kysely<PlatformTables>): Promise<boolean> =>
  sql`select 1`.execute(db).then(
    () => true,
    () => false,
  )
