// An evaluator's memory as bytes: the rules and agents it judges by, and every series. What another version of the
// evaluation wrote is refused: the caller builds it anew from the log.

import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { RuleSpecSchema } from '@secumon/contracts/gen/rule'
import { ruleKey } from './compiled-rule.ts'
import type { KnownAgent, RuleInForce, RuleSet } from './rule-set.ts'
import { readSeries, writeSeries } from './saved-series.ts'
import { eachSeries, type Series } from './series.ts'
import { StateReader, type StateWriter } from './state-bytes.ts'
import type { Watched } from './watched.ts'

/** Raise it when the same log must give other decisions, or the bytes mean something else. */
export const EVALUATOR_VERSION = 2

/** The state was saved by another version, or is damaged: build it anew. */
export class UnknownEvaluatorState extends Error {
  override readonly name = 'UnknownEvaluatorState'
}

/** A series of a rule, named by its key: which place that has is another version's business. */
export type SavedSeries = { readonly rule: string; readonly dimension: string; readonly series: Series }

export type SavedAgent = {
  readonly id: string
  readonly newestMs: number
  readonly receivedMs: number | undefined
  readonly periodMs: number
  readonly series: readonly SavedSeries[]
}

export type SavedState = {
  readonly tickMs: number
  readonly timeMs: number
  readonly ruleSet: RuleSet
  readonly platform: SavedAgent
  readonly agents: readonly SavedAgent[]
}

/** The evaluator's own: write it before it goes on. */
export type EvaluatorState = Pick<SavedState, 'tickMs' | 'timeMs' | 'ruleSet'> & {
  readonly platform: Watched
  readonly agents: ReadonlyMap<string, Watched>
}

/** Version, times and rules. The agents that are known follow. */
export function writeHead(into: StateWriter, { tickMs, timeMs, ruleSet }: EvaluatorState): void {
  into.varint(EVALUATOR_VERSION)
  into.double(tickMs)
  into.double(timeMs)
  into.varint(ruleSet.rules.length)
  for (const rule of ruleSet.rules) writeRule(into, rule)
  into.varint(ruleSet.agents.size)
}

/** What comes behind the agents that are known: the platform. The agents that are watched follow. */
export function writePlatform(into: StateWriter, { ruleSet, platform, agents }: EvaluatorState): void {
  writeWatched(into, platform, rulePlaces(ruleSet))
  into.varint(agents.size)
}

/** The places by which series name their rules, by rule. */
export const rulePlaces = ({ rules }: RuleSet): ReadonlyMap<string, number> =>
  new Map(rules.map((rule, i) => [ruleKey(rule), i]))

/** @throws UnknownEvaluatorState */
export function readState(bytes: Uint8Array): SavedState {
  const from = new StateReader(bytes)
  try {
    const version = from.varint()
    if (version !== EVALUATOR_VERSION) throw new RangeError(`version ${version}, not ${EVALUATOR_VERSION}`)
    const state = readAll(from)
    if (!from.isAtEnd) throw new RangeError('more bytes than it says')
    return state
  } catch (error) {
    throw new UnknownEvaluatorState('the saved evaluator cannot be read', { cause: error })
  }
}

function readAll(from: StateReader): SavedState {
  const [tickMs, timeMs] = [from.double(), from.double()]
  const rules = readMany(from, readRule)
  const keys = rules.map(ruleKey)
  const agents = new Map(readMany(from, readKnown))
  return {
    tickMs,
    timeMs,
    ruleSet: { rules, agents },
    platform: readWatched(from, keys),
    agents: readMany(from, (reader) => readWatched(reader, keys)),
  }
}

function readMany<Item>(from: StateReader, readOne: (from: StateReader) => Item): Item[] {
  const items: Item[] = []
  for (let left = from.varint(); left > 0; left--) items.push(readOne(from))
  return items
}

function writeRule(into: StateWriter, { tenant, id, version, spec }: RuleInForce): void {
  into.text(tenant)
  into.text(id)
  into.varint(version)
  into.block(toBinary(RuleSpecSchema, spec))
}

const readRule = (from: StateReader): RuleInForce => ({
  tenant: from.text(),
  id: from.text(),
  version: from.varint(),
  spec: fromBinary(RuleSpecSchema, from.block()),
})

/** One agent that is known. */
export function writeKnown(into: StateWriter, id: string, known: KnownAgent): void {
  into.text(id)
  into.text(known.tenant)
  into.text(known.name)
  into.byte((known.retired ? 1 : 0) | (known.simulated ? 2 : 0))
  into.varint(known.tags.length)
  for (const tag of known.tags) into.text(tag)
}

function readKnown(from: StateReader): [id: string, known: KnownAgent] {
  const [id, tenant, name, flags] = [from.text(), from.text(), from.text(), from.byte()]
  const tags = readMany(from, (reader) => reader.text())
  return [id, { tenant, name, tags, retired: (flags & 1) !== 0, simulated: (flags & 2) !== 0 }]
}

/** One agent, as of now. */
export function writeWatched(into: StateWriter, agent: Watched, numbers: ReadonlyMap<string, number>): void {
  const { id, newestMs, receivedMs, periodMs, plan, slots } = agent
  into.text(id)
  into.double(newestMs)
  into.double(receivedMs ?? NaN)
  into.varint(periodMs)
  let count = 0
  for (const slot of slots) eachSeries(slot, () => count++)
  into.varint(count)
  plan.rules.forEach(({ key }, place) =>
    eachSeries(slots[place], (series, dimension) => {
      into.varint(numbers.get(key) ?? 0)
      into.text(dimension)
      writeSeries(into, series)
    }),
  )
}

function readWatched(from: StateReader, keys: readonly string[]): SavedAgent {
  const [id, newestMs, receivedMs, periodMs] = [from.text(), from.double(), from.double(), from.varint()]
  const series = readMany(from, (reader) => ({
    rule: keys[reader.varint()] ?? '',
    dimension: reader.text(),
    series: readSeries(reader),
  }))
  return { id, newestMs, receivedMs: Number.isNaN(receivedMs) ? undefined : receivedMs, periodMs, series }
}
