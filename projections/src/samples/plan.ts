// Which relation answers which part of a range, and with which step. Pure: what there is, and how far it reaches, is given.

import { bucketsOf, type Aggregation } from './series.ts'

export type Relation = {
  readonly name: string
  /** Width of what one row stands for, milliseconds; 0 for rows as measured. */
  readonly resolutionMs: number
  /** What is before it has been dropped; -Infinity: nothing. */
  readonly floorMs: number
  /** What ends by then is in it; Infinity: all there is. */
  readonly untilMs: number
  /** Schema `sealed` has rows of it as well. */
  readonly sealed: boolean
}

/** From the finest, which holds rows as measured, to the coarsest. */
export type Relations = readonly [Relation, ...Relation[]]

export type SeriesQuestion = {
  readonly relations: Relations
  readonly fromMs: number
  /** Not included. */
  readonly toMs: number
  /** Width of a bucket. */
  readonly stepMs: number
  readonly aggregation?: Aggregation
}

export type Segment = { readonly relation: Relation; readonly fromMs: number; readonly toMs: number }

export type SeriesPlan = {
  /** As asked for, or the next multiple of the widest row that is read, so that each row belongs to one bucket. */
  readonly stepMs: number
  /** The oldest first; each begins where the one before ends, the first with the first bucket. */
  readonly segments: readonly Segment[]
}

/** Reads the coarsest relation that is fine enough: a coarser one where its rows have been dropped, a finer one beyond it. */
export function planSeries(question: SeriesQuestion): SeriesPlan {
  const { stepMs } = question
  const segments = segmentsOf(question)
  const widestMs = Math.max(1, ...segments.map(({ relation }) => relation.resolutionMs))
  const wholeMs = Math.ceil(stepMs / widestMs) * widestMs
  return wholeMs === stepMs ? { stepMs, segments } : planSeries({ ...question, stepMs: wholeMs })
}

/** The step of what is answered together: the widest that one of the questions needs. */
export function commonStep(questions: readonly SeriesQuestion[], stepMs: number): number {
  const widestMs = Math.max(stepMs, ...questions.map((each) => planSeries({ ...each, stepMs }).stepMs))
  return widestMs === stepMs ? stepMs : commonStep(questions, widestMs)
}

function segmentsOf(question: SeriesQuestion): readonly Segment[] {
  const { toMs } = question
  const { firstMs } = bucketsOf(question)
  const preferred = byPreference(question)
  const ends = preferred.flatMap(({ floorMs, untilMs }) => [floorMs, untilMs])
  const starts = [firstMs, ...new Set(ends.filter((ms) => ms > firstMs && ms < toMs))].toSorted(
    (a, b) => a - b,
  )
  const segments: Segment[] = []
  for (const fromMs of starts) {
    const relation = preferred.find((each) => holds(each, fromMs)) ?? longestKept(preferred, fromMs)
    const before = segments.at(-1)
    if (before?.relation === relation) continue
    if (before) segments[segments.length - 1] = { ...before, toMs: fromMs }
    segments.push({ relation, fromMs, toMs })
  }
  return segments
}

// Before everything that is known to be kept: if there is anything, there.
const longestKept = (relations: Relations, ms: number): Relation =>
  relations.filter(({ untilMs }) => ms < untilMs).toSorted((a, b) => b.resolutionMs - a.resolutionMs)[0] ??
  relations[0]

const holds = ({ floorMs, untilMs }: Relation, ms: number): boolean => floorMs <= ms && ms < untilMs

// The one that is wanted, then finer ones, then coarser ones. Where one ends the other goes on with a whole row of its own.
function byPreference(question: SeriesQuestion): Relations {
  const widestMs = Math.max(1, ...question.relations.map(({ resolutionMs }) => resolutionMs))
  const [finest, ...coarser] = question.relations
  const relations = [onGrid(finest, widestMs), ...coarser.map((each) => onGrid(each, widestMs))] as const
  const wanted = relations.findLast((each) => isFineEnough(each, question)) ?? relations[0]
  const at = relations.indexOf(wanted)
  return [wanted, ...relations.slice(0, at).toReversed(), ...relations.slice(at + 1)]
}

const onGrid = (relation: Relation, widthMs: number): Relation => ({
  ...relation,
  floorMs: Math.ceil(relation.floorMs / widthMs) * widthMs,
  untilMs: Math.floor(relation.untilMs / widthMs) * widthMs,
})

// One row a bucket says all but what the last of its values was.
const isFineEnough = (
  { resolutionMs }: Relation,
  { stepMs, aggregation }: Pick<SeriesQuestion, 'stepMs' | 'aggregation'>,
): boolean => resolutionMs * 2 <= stepMs || (resolutionMs === stepMs && aggregation !== 'last')
