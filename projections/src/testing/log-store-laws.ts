// What every store of logs must hold to, as one suite. The truth it is compared with is the filter in this process.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { contextOf } from '../logs/queries/context.ts'
import { lineMatcher } from '../logs/queries/line-filter.ts'
import type { LogLine } from '../logs/queries/log-line.ts'
import {
  LogQueryRefused,
  type LineFilter,
  type LogOrder,
  type LogPage,
  type LogStore,
} from '../logs/queries/log-store.ts'
import { tenantScope } from '../tenant-scope.ts'
import { HOSTILE, LINE_FILTERS, SOURCES } from './line-filters.ts'
import type { Appended } from './memory-log.ts'
import { agentId } from './recorded.ts'
import { RecordedLogs, type SaidLine } from './recorded-logs.ts'

export type LawfulStore = {
  readonly store: LogStore
  /** Returns once they can be searched. */
  readonly write: (...messages: readonly Appended[]) => Promise<void>
}

const HOUR = 3_600_000
const MINUTE = 60_000
const BASE = Math.floor(Date.now() / HOUR) * HOUR - 30 * HOUR
const RANGE = { fromMs: BASE, toMs: BASE + 30 * HOUR }

function lines(agent: number): SaidLine[] {
  return Array.from({ length: 60 }, (_, i) => ({
    // Several at one moment, over a day and more.
    atMs: BASE + Math.floor(i / 3) * 83 * MINUTE,
    message: `${HOSTILE[i % HOSTILE.length]} of agent ${agent}, number ${i}`,
    severity: i % 9,
    source: SOURCES[(i + agent) % SOURCES.length] ?? 'nginx',
    ...(i % 4 !== 0 && { unit: `unit-${i % 4}@"x".service` }),
  }))
}

/** Declares the suite; call it at the top level of a test file. */
export function logStoreLaws(name: string, { store, write }: LawfulStore): void {
  const main = tenantScope('main')
  const lanes = [1, 2].map((n) => new RecordedLogs(agentId(n)))
  const others = new RecordedLogs(agentId(3), 'other')
  const arrival = { receivedAtMs: Date.now() }
  let all: LogLine[] = []

  async function pages(filter: LineFilter & { limit?: number; order?: LogOrder } = {}): Promise<LogLine[]> {
    const found: LogLine[] = []
    const search = { ...RANGE, order: 'newest', limit: 1_000, ...filter } as const
    let page: LogPage | undefined
    do {
      page = await store.search(main, { ...search, ...(page?.next && { after: page.next }) })
      found.push(...page.lines)
    } while (page.next)
    return found
  }

  void describe(`the laws of ${name}`, () => {
    void test('what is written is found, newest or oldest first', async () => {
      for (const [i, lane] of lanes.entries()) {
        const said = lines(i + 1)
        for (let from = 0; from < said.length; from += 20)
          await write(lane.lines(arrival, said.slice(from, from + 20)))
      }
      await write(others.lines(arrival, lines(1)))
      all = await pages()
      assert.equal(all.length, 120)
      assert.equal(new Set(all.map(({ id }) => id)).size, 120)
      const said = lines(1).map(({ message }) => message)
      const read = all.filter(({ agent }) => agent === agentId(1)).map(({ message }) => message)
      assert.deepEqual(read.toSorted(), said.toSorted())
      assert.deepEqual(await pages({ order: 'oldest' }), all.toReversed())
      const times = all.map(({ time }) => time)
      assert.deepEqual(
        times,
        times.toSorted((a, b) => b - a),
      )
      assert.partialDeepStrictEqual(
        all.find(({ message }) => message.endsWith('agent 1, number 7')),
        {
          severity: 'info',
          unit: 'unit-3@"x".service',
          source: 'nginx',
          agent: agentId(1),
          time: BASE + 2 * 83 * MINUTE,
        },
      )
    })

    void test('pages of any size together are the whole, each line once', async () => {
      for (const limit of [4, 7, 119, 120])
        for (const order of ['newest', 'oldest'] as const)
          assert.deepEqual(
            (await pages({ limit, order })).map(({ id }) => id),
            (order === 'newest' ? all : all.toReversed()).map(({ id }) => id),
            `${limit} ${order}`,
          )
    })

    void test('what is written meanwhile disturbs no page', async () => {
      const known = new Set(all.map(({ id }) => id))
      for (const order of ['newest', 'oldest'] as const) {
        const ids: string[] = []
        let page = await store.search(main, { ...RANGE, order, limit: 25 })
        for (;;) {
          ids.push(...page.lines.map(({ id }) => id))
          if (!page.next) break
          const late = { atMs: BASE + ids.length * 10 * MINUTE, message: 'late', source: 'late' }
          await write(
            new RecordedLogs(agentId(100 + ids.length + (order === 'newest' ? 0 : 1_000))).lines(arrival, [
              late,
            ]),
          )
          page = await store.search(main, { ...RANGE, order, limit: 25, after: page.next })
        }
        assert.equal(new Set(ids).size, ids.length)
        assert.deepEqual(new Set(ids.filter((id) => known.has(id))), known)
      }
      all = await pages()
    })

    void test('each filter, and all together, find what this process finds', async () => {
      for (const filter of LINE_FILTERS) {
        const wanted = all.filter(lineMatcher(filter)).map(({ id }) => id)
        assert.deepEqual(
          (await pages(filter)).map(({ id }) => id),
          wanted,
          JSON.stringify(filter),
        )
        const { series } = await store.histogram(main, { ...RANGE, ...filter }, 30)
        assert.equal(
          series.flatMap(({ counts }) => counts).reduce((a, b) => (a ?? 0) + (b ?? 0), 0),
          wanted.length,
        )
      }
    })

    void test('a regular expression finds what it matches; what is none is refused', async () => {
      const cases: [string, RegExp][] = [
        ['number 1\\d$', /number 1\d$/],
        ['(?i)DROP (table|view)', /drop (table|view)/i],
        ['^100%', /^100%/],
        ['["`]', /["`]/],
        ['\\\\done', /\\done/],
      ]
      for (const [regex, same] of cases)
        assert.deepEqual(
          (await pages({ regex })).map(({ id }) => id),
          all.filter(({ message }) => same.test(message)).map(({ id }) => id),
          regex,
        )
      for (const regex of ['(', '[z-a]', 'x{2,1}'])
        await assert.rejects(
          pages({ regex }),
          (error) => error instanceof LogQueryRefused && error.refusal === 'regex',
        )
    })

    void test('a range includes its begin and not its end', async () => {
      const moments = [...new Set(all.map(({ time }) => time))].toSorted((a, b) => a - b)
      const [fromMs = 0, , toMs = 0] = moments
      const { lines: found } = await store.search(main, { fromMs, toMs, order: 'oldest', limit: 1_000 })
      assert.deepEqual(
        found.map(({ id }) => id),
        all
          .filter(({ time }) => time >= fromMs && time < toMs)
          .map(({ id }) => id)
          .toReversed(),
      )
    })

    void test('nothing of another tenant is found, counted or named', async () => {
      const scope = tenantScope('other')
      const { lines: theirs } = await store.search(scope, { ...RANGE, order: 'newest', limit: 1_000 })
      assert.deepEqual(
        [theirs.length, new Set(theirs.map(({ agent }) => agent))],
        [60, new Set([agentId(3)])],
      )
      const mine = await store.search(scope, { ...RANGE, agents: [agentId(1)], order: 'newest', limit: 10 })
      assert.deepEqual(mine.lines, [])
      assert.deepEqual((await store.facets(scope, RANGE)).agents, [{ value: agentId(3), count: 60 }])
      const nobody = tenantScope('nobody')
      assert.deepEqual((await store.histogram(nobody, RANGE, 10)).series, [])
      const [line] = all
      assert.ok(line)
      const asked = { id: line.id, atMs: line.time, before: 1, after: 1 }
      assert.equal(await contextOf(store, scope, asked), undefined)
      assert.equal((await contextOf(store, main, asked))?.line.id, line.id)
    })

    void test('the histogram counts every line in the bucket of its time', async () => {
      const { times, step, series, partial } = await store.histogram(main, RANGE, 60)
      assert.deepEqual([step, times.length, times[0], partial], [30 * MINUTE, 60, BASE, false])
      for (const { severity, counts } of series) {
        const wanted = times.map(
          (from) =>
            all.filter((l) => l.severity === severity && l.time >= from && l.time < from + step).length,
        )
        assert.deepEqual(counts, wanted, severity)
      }
      assert.deepEqual([series[0]?.severity, series.at(-1)?.severity], ['emergency', 'none'])
    })

    void test('facets count what the filter matches, the most first', async () => {
      const filter = { severities: [3, 4, 5] }
      const matching = all.filter(lineMatcher(filter))
      const { agents, sources, units, severities, countedFromMs, partial } = await store.facets(main, {
        ...RANGE,
        ...filter,
      })
      const counted = (key: 'agent' | 'source' | 'unit' | 'severity') => {
        const groups = Map.groupBy(
          matching.filter((line) => line[key] !== null),
          (line) => line[key],
        )
        return new Map([...groups].map(([value, its]) => [value, its.length]))
      }
      const asMap = (facet: readonly { value: string; count: number }[]) =>
        new Map(facet.map(({ value, count }) => [value, count]))
      assert.deepEqual(asMap(agents), counted('agent'))
      assert.deepEqual(asMap(sources), counted('source'))
      assert.deepEqual(asMap(units), counted('unit'))
      assert.deepEqual(
        severities.map(({ value }) => value),
        ['critical', 'error', 'warning'],
      )
      assert.deepEqual(
        sources.map(({ count }) => count),
        sources.map(({ count }) => count).toSorted((a, b) => b - a),
      )
      assert.deepEqual([countedFromMs, partial], [RANGE.fromMs, false])
    })

    void test('a line is shown among its neighbours of the same agent and source', async () => {
      const its = all.filter(({ agent, source }) => agent === agentId(2) && source === 'journal').toReversed()
      const line = its[6]
      assert.ok(line)
      const found = await contextOf(store, main, { id: line.id, atMs: line.time, before: 4, after: 100 })
      assert.deepEqual(found, {
        before: its.slice(2, 6),
        line,
        after: its.slice(7),
        fromMs: its[2]?.time,
        toMs: line.time + 24 * HOUR,
      })
      for (const wrong of [
        { id: `${agentId(2)}.1.999.0`, atMs: line.time },
        { id: line.id, atMs: line.time + 1 },
      ])
        assert.equal(await contextOf(store, main, { ...wrong, before: 1, after: 1 }), undefined)
    })

    void test('losses are lines', async () => {
      const lane = new RecordedLogs(agentId(50))
      const at = BigInt(BASE + HOUR)
      const loss = {
        source: 'lossy',
        lines: 7n,
        bytes: 70n,
        fromMs: at,
        untilMs: at + 5n,
        reason: 2,
      } as const
      await write(lane.lines(arrival, [], [loss]), lane.gap({ receivedAtMs: BASE + 2 * HOUR }, 3))
      const found = await pages({ agents: [agentId(50)], order: 'oldest' })
      assert.partialDeepStrictEqual(found, [
        {
          source: 'lossy',
          severity: 'warning',
          dropped: { reason: 'spool_full', lines: 7, bytes: 70, from: Number(at) },
        },
        { source: 'secumon-agent', severity: 'warning', dropped: { reason: 'gap' } },
      ])
    })
  })
}
