import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { planSeries, commonStep, type Relation, type Relations } from './plan.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOW = 20_000 * DAY + 10 * HOUR + 7 * MINUTE + 3_000
const TODAY = 20_000 * DAY

const relation = (name: string, resolutionMs: number, reach: Partial<Relation> = {}): Relation => ({
  name,
  resolutionMs,
  floorMs: -Infinity,
  untilMs: Infinity,
  sealed: false,
  ...reach,
})

const raw = relation('raw', 0, { floorMs: TODAY - 30 * DAY })
const minutes = relation('5min', 5 * MINUTE, { floorMs: TODAY - 90 * DAY, untilMs: TODAY + 10 * HOUR })
const hours = relation('1hour', HOUR, { floorMs: TODAY - 365 * DAY, untilMs: TODAY + 9 * HOUR })
const ALL: Relations = [raw, minutes, hours]
const NEW: Relations = [{ ...raw, floorMs: -Infinity }]
const DISKS: Relations = [raw, hours]
const LIVE: Relations = [raw, { ...minutes, untilMs: Infinity }, { ...hours, untilMs: Infinity }]

type Case = {
  readonly relations?: Relations
  readonly from: number
  readonly to?: number
  readonly step: number
  readonly last?: boolean
  /** Name and hours from now's midnight at which each segment begins. */
  readonly is: string
  readonly widenedTo?: number
}

const CASES: Record<string, Case> = {
  'an hour is read as measured': { from: NOW - HOUR, step: 10_000, is: 'raw' },
  'less than the width of a rollup is read as measured': { from: NOW - DAY, step: 2 * MINUTE, is: 'raw' },
  'steps as wide as the rollup are read from it, what it has not yet as measured': {
    from: NOW - 7 * DAY,
    step: 5 * MINUTE,
    is: '5min, raw from 10',
  },
  'but for the last value of a bucket one row tells too little': {
    from: NOW - DAY,
    step: 5 * MINUTE,
    last: true,
    is: 'raw',
  },
  'hours and days come from the coarsest, its end from the finer one and the newest as measured': {
    from: NOW - 300 * DAY,
    step: 12 * HOUR,
    is: '1hour, 5min from 9, raw from 10',
  },
  'a rollup that is ahead of the coarser one goes on where that ends': {
    relations: [raw, { ...minutes, untilMs: TODAY + 10 * HOUR }, { ...hours, untilMs: TODAY }],
    from: NOW - DAY,
    step: HOUR,
    is: '1hour, 5min from 0, raw from 10',
  },
  'where a database keeps rollups up to now, nothing else is read': {
    relations: LIVE,
    from: NOW - 300 * DAY,
    step: 12 * HOUR,
    is: '1hour',
  },
  'a question older than the rows gets the step of the rollup': {
    from: TODAY - 60 * DAY,
    to: TODAY - 60 * DAY + HOUR,
    step: 10_000,
    is: '5min',
    widenedTo: 5 * MINUTE,
  },
  'a question across the floor of the rows as well': {
    from: TODAY - 31 * DAY,
    to: TODAY - 29 * DAY,
    step: 2 * MINUTE,
    is: '5min',
    widenedTo: 5 * MINUTE,
  },
  'before the floor of the finer rollup only hours are left': {
    from: TODAY - 91 * DAY,
    to: TODAY - 89 * DAY,
    step: 15 * MINUTE,
    is: '1hour',
    widenedTo: HOUR,
  },
  'what everything has dropped is asked of what is kept the longest, which says nothing': {
    from: TODAY - 390 * DAY,
    to: TODAY - 380 * DAY,
    step: 30 * MINUTE,
    is: '1hour',
    widenedTo: HOUR,
  },
  'rows that should have been dropped answer where no rollup has come so far': {
    relations: [raw, { ...hours, untilMs: 0 }],
    from: TODAY - 40 * DAY,
    step: 6 * HOUR,
    is: 'raw',
  },
  'without rollups everything is read as measured': {
    relations: NEW,
    from: NOW - 90 * DAY,
    step: DAY,
    is: 'raw',
  },
  'a rollup that has only begun is read as far as it is': {
    relations: [
      { ...raw, floorMs: -Infinity },
      { ...minutes, floorMs: -Infinity, untilMs: TODAY - 29 * DAY },
    ],
    from: TODAY - 30 * DAY,
    to: TODAY,
    step: HOUR,
    is: '5min, raw from -696',
  },
  'tables with one rollup read hours where hours are asked for': {
    relations: DISKS,
    from: NOW - 30 * DAY,
    step: HOUR,
    is: '1hour, raw from 9',
  },
  'a step that no row divides becomes the next that one does': {
    relations: LIVE,
    from: NOW - 4 * DAY,
    step: 691_200,
    is: '5min',
    widenedTo: 15 * MINUTE,
  },
  'where the wanted one has been dropped a coarser one goes on': {
    from: NOW - 40 * DAY,
    step: 10 * MINUTE,
    last: true,
    relations: [raw, { ...minutes, floorMs: TODAY - 35 * DAY }, relation('10min', 10 * MINUTE)],
    is: '10min, 5min from -840, raw from 10',
  },
  'a floor within an hour counts from the next': {
    relations: [raw, { ...minutes, floorMs: TODAY + 90 * MINUTE }, hours],
    from: TODAY,
    to: TODAY + 4 * HOUR,
    step: HOUR,
    last: true,
    is: 'raw, 5min from 2',
  },
}

for (const [says, { relations = ALL, from, to = NOW, step, last, is, widenedTo = step }] of Object.entries(
  CASES,
))
  test(says, () => {
    const aggregation = last ? ({ aggregation: 'last' } as const) : {}
    const plan = planSeries({ relations, fromMs: from, toMs: to, stepMs: step, ...aggregation })
    const named = plan.segments.map(({ relation: { name }, fromMs }, i) =>
      i === 0 ? name : `${name} from ${(fromMs - TODAY) / HOUR}`,
    )
    assert.deepEqual([named.join(', '), plan.stepMs], [is, widenedTo])
    assert.equal(plan.segments[0]?.fromMs, Math.floor(from / plan.stepMs) * plan.stepMs)
    assert.equal(plan.segments.at(-1)?.toMs, to)
  })

test('what is asked together has one step', () => {
  const asked = { fromMs: TODAY - 60 * DAY, toMs: TODAY - 59 * DAY, stepMs: MINUTE }
  const questions = [ALL, DISKS].map((relations) => ({ ...asked, relations }))
  assert.deepEqual(
    questions.map((question) => planSeries(question).stepMs),
    [5 * MINUTE, HOUR],
  )
  assert.equal(commonStep(questions, MINUTE), HOUR)
  assert.equal(commonStep([], MINUTE), MINUTE)
})

const aMoment = fc.oneof(
  fc.integer({ min: TODAY - 400 * DAY, max: NOW }),
  fc.constantFrom(-Infinity, Infinity),
)
const someRelations = fc
  .tuple(
    fc.subarray([5 * MINUTE, HOUR, 6 * HOUR]),
    fc.array(fc.tuple(aMoment, aMoment), { minLength: 4, maxLength: 4 }),
  )
  .map(([widths, reaches]): Relations => [
    relation('raw', 0, { floorMs: reaches[0]?.[0] ?? 0 }),
    ...widths.map((width, i) =>
      relation(`${width}`, width, { floorMs: reaches[i + 1]?.[0] ?? 0, untilMs: reaches[i + 1]?.[1] ?? 0 }),
    ),
  ])
const someRange = fc.record({
  fromMs: fc.integer({ min: TODAY - 400 * DAY, max: TODAY }),
  lengthMs: fc.integer({ min: 1_000, max: 100 * DAY }),
  stepMs: fc.integer({ min: 1_000, max: 2 * DAY }),
})

test('segments cover the range once, meet where rows of both begin, and hold what they are read for', () =>
  fc.assert(
    fc.property(someRelations, someRange, (relations, { fromMs, lengthMs, stepMs }) => {
      const toMs = fromMs + lengthMs
      const plan = planSeries({ relations, fromMs, toMs, stepMs })
      assert.ok(plan.stepMs >= stepMs)
      assert.equal(plan.segments[0]?.fromMs, Math.floor(fromMs / plan.stepMs) * plan.stepMs)
      assert.equal(plan.segments.at(-1)?.toMs, toMs)
      for (const [i, { relation: read, ...segment }] of plan.segments.entries()) {
        assert.ok(segment.fromMs < segment.toMs)
        assert.equal(plan.stepMs % Math.max(1, read.resolutionMs), 0)
        assert.equal(segment.fromMs % Math.max(1, read.resolutionMs), 0)
        const next = plan.segments[i + 1]
        if (next)
          assert.deepEqual([segment.toMs, segment.toMs % Math.max(1, read.resolutionMs)], [next.fromMs, 0])
        const holds = (each: Relation) => each.floorMs <= segment.fromMs && segment.toMs <= each.untilMs
        const widthMs = Math.max(...relations.map(({ resolutionMs }) => resolutionMs))
        const original = relations.find(({ name }) => name === read.name)
        const surely = relations.some(
          (each) => each.floorMs + widthMs <= segment.fromMs && segment.toMs + widthMs <= each.untilMs,
        )
        assert.ok(!surely || (original && holds(original)))
      }
    }),
  ))
