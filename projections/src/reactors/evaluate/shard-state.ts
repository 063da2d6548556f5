// The state of one shard's evaluator: found in the database, or made new. What was saved goes on at its place; where the
// log was rolled back behind it, at an older one, and what was seen is left out there.

import { EVENTS_STREAM, eventSubject, laneStream } from '@secumon/contracts/subjects'
import { Evaluator } from '@secumon/domain/evaluation/evaluator'
import { decodeEvaluator } from '@secumon/domain/evaluation/saved-state'
import { UnknownEvaluatorState } from '@secumon/domain/evaluation/state-codec'
import type { Database } from '@secumon/infra/database/database'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import { deserialize, serialize } from 'node:v8'
import { readFact } from '../../facts.ts'
import type { ReadableLog } from '../../log-readable.ts'
import { resume, type MarkedPlace } from '../../resume.ts'
import { alertIdOf } from '../command-id.ts'
import { placeBefore } from '../places.ts'
import { loadFold } from '../saved-fold.ts'
import { emptyBook, restoreBook, saveBook, type SavedBook } from './rule-book.ts'
import { evaluatorAggregate, type InForce, type NewestActivation } from './rule-feed.ts'
import { newJudge, type SavedJudge } from './shard-judge.ts'

/** Names the reactor in the database, and in the ids of its commands. */
export const EVALUATE = 'evaluate'
/** Raise it when a state saved before must not be gone on with. */
export const EVALUATE_CODE_VERSION = 3

/** Of which not many milliseconds are made. */
const AGENTS_A_PIECE = 16
const LENGTH_BYTES = 4

export type EvaluateLog = ReadableLog & Pick<EventLog, 'lastMessage'>

export type ShardState = {
  readonly evaluator: Evaluator
  readonly judge: SavedJudge
  readonly inForce: InForce
  readonly newest: NewestActivation
  readonly telemetry: MarkedPlace
  readonly events: MarkedPlace
  /** `lost`: rules were in force before, and what they had come to is not known, or is too old to go on with. */
  readonly origin: 'saved' | 'lost' | 'new'
  /** Messages that the log let go of before they were judged. */
  readonly missed: number
  readonly rolledBack: boolean
}

/** What is saved beside the evaluator, in front of its bytes and behind a length of four. */
type Rest = {
  readonly judge: SavedJudge
  readonly book: SavedBook
  readonly eventsPosition: number
  readonly version: number
}

type Deps = { readonly db: Database; readonly log: EvaluateLog; readonly shard: number }

/** What the shard's evaluator goes on with. */
export async function loadShard(deps: Deps): Promise<ShardState> {
  const { db, log, shard } = deps
  const newest = await newestActivation(log, shard)
  const saved = await loadFold(db, { reactor: EVALUATE, partition: shard }, EVALUATE_CODE_VERSION)
  const [telemetry, events] = saved?.places ?? []
  const content = saved && contentOf(saved.state)
  if (!content || !telemetry || !events) return emptyShard(deps, newest)
  const missed = (await log.bounds(telemetry.stream)).first - 1 - telemetry.position
  if (missed > 0) return { ...(await emptyShard(deps, newest)), missed }
  const places = [await resume(log, telemetry), await resume(log, events)] as const
  const { evaluator, judge, book, ...rest } = content
  return {
    evaluator,
    judge,
    inForce: { ...rest, book: restoreBook(book), eventsPosition: places[1].checkpoint.position },
    newest: { ...newest, version: Math.max(newest.version, rest.version) },
    telemetry: places[0].checkpoint,
    events: places[1].checkpoint,
    origin: 'saved',
    missed: 0,
    rolledBack: places.some(({ rolledBack }) => rolledBack),
  }
}

type Opened = Rest & { readonly evaluator: Evaluator }

/** Undefined where another version of the evaluation wrote it. */
function contentOf(bytes: Uint8Array): Opened | undefined {
  const evaluatorAt = LENGTH_BYTES + Buffer.from(bytes.buffer, bytes.byteOffset).readUInt32BE()
  const rest = deserialize(bytes.subarray(LENGTH_BYTES, evaluatorAt)) as Rest
  try {
    return { ...rest, evaluator: decodeEvaluator(bytes.subarray(evaluatorAt), { alertId: alertIdOf }) }
  } catch (error) {
    if (error instanceof UnknownEvaluatorState) return undefined
    throw error
  }
}

/** The state as of now: call what it gives again and again, until that gives the bytes, in parts. */
export function shardBytes(
  evaluator: Evaluator,
  judge: SavedJudge,
  { book, eventsPosition, version }: InForce,
): () => readonly Uint8Array[] | undefined {
  const saving = evaluator.beginSaving()
  const rest = serialize({ judge, book: saveBook(book), eventsPosition, version } satisfies Rest)
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(rest.length)
  return () => (saving.write(AGENTS_A_PIECE) ? [length, rest, ...saving.finish()] : undefined)
}

// What nobody has judged before is judged from now on: rules do not reach back before their first activation.
async function emptyShard({ log, shard }: Deps, newest: NewestActivation): Promise<ShardState> {
  const stream = laneStream('telemetry', shard)
  const { last } = await log.bounds(stream)
  return {
    evaluator: new Evaluator({ alertId: alertIdOf }),
    judge: newJudge(),
    inForce: { book: emptyBook(), eventsPosition: 0, version: 0 },
    newest,
    telemetry: placeBefore(stream, last + 1),
    events: placeBefore(EVENTS_STREAM, 1),
    origin: newest.version > 0 ? 'lost' : 'new',
    missed: 0,
    rolledBack: false,
  }
}

async function newestActivation(log: EvaluateLog, shard: number): Promise<NewestActivation> {
  const message = await log.lastMessage(EVENTS_STREAM, eventSubject(evaluatorAggregate(shard)))
  const fact = message && readFact(message)
  if (fact?.kind !== 'envelope') return { version: 0, position: 0 }
  return { version: Number(fact.envelope.version), position: fact.source.position }
}
