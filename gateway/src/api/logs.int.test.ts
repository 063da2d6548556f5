// Lines of logs from the event log to whoever asks for them: everything real but the agents.

import { untyped } from '@secumon/infra/database/database'
import { liveSchema } from '@secumon/projections/live-generation'
import { logsProjector } from '@secumon/projections/logs/project'
import { appendAll } from '@secumon/projections/testing/archiver'
import { startLoop, stopLoops } from '@secumon/projections/testing/loop'
import { agentId } from '@secumon/projections/testing/recorded'
import { RecordedLogs, type SaidLine } from '@secumon/projections/testing/recorded-logs'
import { sql } from 'kysely'
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { z } from 'zod'
import { ErrorBody } from './schemas/errors.ts'
import { LogContextBody, LogFacetsBody, LogHistogramBody, LogsBody, LogTailEvent } from './schemas/logs.ts'
import { apiUnderTest, type ApiUnderTest } from './testing/api-under-test.ts'

const HOUR = 3_600_000
const NOW = Date.now()
const RANGE = `from=${NOW - HOUR}&to=${NOW + HOUR}`

describe('lines of logs', () => {
  let t: ApiUnderTest
  let token: string
  let stranger: string
  const [web, database] = [new RecordedLogs(agentId(1)), new RecordedLogs(agentId(2))]
  const theirs = new RecordedLogs(agentId(3), 'evil')
  const cleanUps: (() => Promise<void>)[] = []
  let loop: ReturnType<typeof startLoop>
  before(async () => {
    t = await apiUnderTest({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
    cleanUps.unshift(stopLoops)
    await t.addUser('alice')
    await t.addUser('mallory', 'evil', 'superadmin')
    ;[token, stranger] = [await t.logIn('alice'), await t.logIn('mallory')]
    loop = startLoop({ projector: logsProjector({ live: t.log }), log: t.log, db: t.db, stream: 'LOGS_0' })
    await commit(web, lines('web', 40))
    await commit(database, lines('database', 20))
    await commit(theirs, lines('theirs', 5))
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  const lines = (name: string, count: number): SaidLine[] =>
    Array.from({ length: count }, (_, i) => ({
      atMs: NOW - i * 1_000,
      message: `${name} says "${i}%" of <b>=1+1</b>`,
      severity: i % 9,
      source: i % 2 === 0 ? 'nginx' : 'journal',
      ...(i % 2 === 1 && { unit: 'app.service' }),
    }))

  async function commit(lane: RecordedLogs, said: readonly SaidLine[]): Promise<void> {
    await appendAll(t.log, [lane.lines({ receivedAtMs: Date.now() }, said)])
    await loop.reached((await t.log.bounds('LOGS_0')).last)
  }

  async function ask<S extends z.ZodType>(path: string, schema: S, who = token): Promise<z.output<S>> {
    const answer = await t.ask(`/api/v1/logs${path}`, { token: who })
    assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`)
    return schema.parse(answer.body)
  }

  test('are found page by page, filtered, in either order', async () => {
    const all: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: z.output<typeof LogsBody> = await ask(
        `?${RANGE}&limit=17&cursor=${cursor}`.replace('&cursor=&', '&').replace(/&cursor=$/, ''),
        LogsBody,
      )
      all.push(...page.lines.map(({ id }) => id))
      cursor = page.next
    }
    assert.deepEqual([all.length, new Set(all).size], [60, 60])
    const oldest = await ask(`?${RANGE}&limit=1000&order=oldest`, LogsBody)
    assert.deepEqual(oldest.lines.map(({ id }) => id).toReversed(), all)
    const found = await ask(
      `?${RANGE}&agents=${web.agent}&sources=journal,x&units=app.service&severity=error,info&text=%25%22&regex=%5Eweb`,
      LogsBody,
    )
    assert.deepEqual(
      found.lines.map(({ message, severity }) => [message.slice(0, 11), severity]),
      [
        ['web says "7', 'info'],
        ['web says "1', 'error'],
        ['web says "2', 'info'],
        ['web says "3', 'error'],
      ],
    )
    assert.deepEqual([found.next, found.partial, found.from], [null, false, NOW - HOUR])
    const inAnyOrder = await ask(`?${RANGE}&words=%3Cb%3E%20SAYS%20web`, LogsBody)
    assert.equal(inAnyOrder.lines.length, 40)
    const some = `not_agents=${database.agent}&not_sources=x,nginx&not_units=cron&not_severity=info`
    const rest = await ask(`?${RANGE}&limit=1000&${some}`, LogsBody)
    const wanted = oldest.lines.filter(
      ({ agent, source, severity }) => agent !== database.agent && source !== 'nginx' && severity !== 'info',
    )
    assert.deepEqual(rest.lines.toReversed(), wanted)
  })

  test('are counted over time and by what they have in common', async () => {
    const { series, times } = await ask(`/histogram?${RANGE}&buckets=24`, LogHistogramBody)
    assert.equal(
      series.flatMap(({ counts }) => counts).reduce((a, b) => (a ?? 0) + (b ?? 0), 0),
      60,
    )
    assert.ok(times.length <= 24 && series[0]?.counts.length === times.length)
    const facets = await ask(`/facets?${RANGE}&severity=error`, LogFacetsBody)
    assert.deepEqual(facets.agents, [
      { value: web.agent, count: 4 },
      { value: database.agent, count: 2 },
    ])
    assert.deepEqual(facets.severities, [{ value: 'error', count: 6 }])
  })

  test('are shown among their neighbours', async () => {
    const { lines: found } = await ask(`?${RANGE}&agents=${database.agent}&sources=nginx`, LogsBody)
    const [line] = found.slice(4)
    assert.ok(line)
    const context = await ask(`/context?id=${line.id}&time=${line.time}&before=2&after=2`, LogContextBody)
    assert.deepEqual(
      [...context.after.toReversed(), context.line, ...context.before.toReversed()],
      found.slice(2, 7),
    )
    assert.deepEqual([context.from, context.to], [context.before[0]?.time, context.after.at(-1)?.time])
  })

  test('are exported whole, and defused for spreadsheets', async () => {
    const ndjson = await t.ask(`/api/v1/logs/export?${RANGE}`, { token })
    const exported = String(ndjson.body).trimEnd().split('\n')
    const { lines: found } = await ask(`?${RANGE}&limit=1000&order=oldest`, LogsBody)
    assert.deepEqual(
      exported.map((line) => JSON.parse(line) as unknown),
      found,
    )
    await commit(web, [{ atMs: NOW, message: '=1+1', source: 'formula' }])
    const csv = await t.ask(`/api/v1/logs/export?${RANGE}&sources=formula&format=csv`, { token })
    assert.match(
      csv.headers.get('content-disposition') ?? '',
      /^attachment; filename="logs-\d{8}T\d{6}Z\.csv"$/,
    )
    assert.match(String(csv.body), /\r\n[^\r]+,none,[^\r]+,formula,,'=1\+1,/)
  })

  test('too many of them are refused, not cut off', async () => {
    const schema = await liveSchema(t.db, 'logs')
    await sql`insert into ${sql.table(`${schema}.log_counts`)} (time, lines, agent_id, severity, tenant_id, source, unit)
      values (date_bin('5 minutes', ${new Date(NOW)}, 'epoch'::timestamptz), 100001,
        '00000000-0000-0000-0000-000000000000', 0, 'many', 's', '')`.execute(untyped(t.db))
    await sql`insert into ${sql.table(`${schema}.logs`)} (time, sequence, agent_id, epoch, line, severity, tenant_id, source, unit, message, dropped)
      select ${new Date(NOW)}::timestamptz, 1, '00000000-0000-0000-0000-000000000000', 1, n, 0, 'many', 's', '', 'm', ''
      from generate_series(1, 100001) n`.execute(untyped(t.db))
    await t.addUser('many', 'many')
    const answer = await t.ask(`/api/v1/logs/export?${RANGE}`, { token: await t.logIn('many') })
    assert.match(ErrorBody.parse(answer.body).detail ?? '', /^More than 100000 match: narrow/)
    assert.equal(answer.status, 400)
  })

  test('nothing of another tenant is found, counted, shown, exported or followed', async () => {
    const [line] = (await ask(`?${RANGE}&agents=${web.agent}&limit=1`, LogsBody)).lines
    assert.ok(line)
    const page = await ask(`?${RANGE}&limit=1000`, LogsBody, stranger)
    assert.deepEqual(new Set(page.lines.map(({ agent }) => agent)), new Set([theirs.agent]))
    assert.deepEqual((await ask(`?${RANGE}&agents=${web.agent}`, LogsBody, stranger)).lines, [])
    assert.deepEqual((await ask(`/facets?${RANGE}`, LogFacetsBody, stranger)).agents, [
      { value: theirs.agent, count: 5 },
    ])
    assert.deepEqual(
      (await ask(`/histogram?${RANGE}&agents=${web.agent}`, LogHistogramBody, stranger)).series,
      [],
    )
    const context = await t.ask(`/api/v1/logs/context?id=${line.id}&time=${line.time}`, { token: stranger })
    assert.equal(context.status, 404)
    const exported = await t.ask(`/api/v1/logs/export?${RANGE}&agents=${web.agent}`, { token: stranger })
    assert.equal(exported.body, '')
  })

  async function follow(query: string, who: string) {
    const leaving = new AbortController()
    const response = await fetch(`${t.api.url}/api/v1/logs/tail?${query}`, {
      headers: { authorization: `Bearer ${who}` },
      signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(20_000)]),
    })
    assert.equal(response.headers.get('content-type'), 'text/event-stream')
    assert.ok(response.body)
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    /** Lines told until one of them says so. */
    const until = async (message: string): Promise<string[]> => {
      for (;;) {
        // What stands behind the last empty line may have come half.
        const events = heard
          .split('\n\n')
          .slice(0, -1)
          .flatMap((event) => /^event: lines\ndata: (.*)$/.exec(event)?.[1] ?? [])
        const told = events.flatMap((data) =>
          LogTailEvent.parse(JSON.parse(data)).lines.map((line) => line.message),
        )
        if (told.includes(message)) return told
        const { value, done } = await reader.read()
        assert.ok(!done, 'the stream ended')
        heard += value
      }
    }
    return { until, leave: () => leaving.abort() }
  }

  test('are followed as they are committed, by their tenant alone, filtered', async () => {
    const everything = await follow('', token)
    const some = await follow('not_sources=other&text=NEEDLE&regex=%5B0-9%5D%24&severity=error', token)
    const elsewhere = await follow('', stranger)
    await commit(web, [
      { atMs: NOW, message: 'a needle 1', source: 'app', severity: 4 },
      { atMs: NOW, message: 'a needle x', source: 'app', severity: 4 },
      { atMs: NOW, message: 'a needle 2', source: 'app', severity: 7 },
      { atMs: NOW, message: 'a needle 3', source: 'other', severity: 4 },
    ])
    await commit(theirs, [{ atMs: NOW, message: 'the end' }])
    await commit(web, [{ atMs: NOW, message: 'the end, a needle 9', source: 'app', severity: 4 }])
    assert.deepEqual(await some.until('the end, a needle 9'), ['a needle 1', 'the end, a needle 9'])
    assert.equal((await everything.until('the end, a needle 9')).length, 5)
    assert.deepEqual(await elsewhere.until('the end'), ['the end'])
    for (const stream of [everything, some, elsewhere]) stream.leave()
  })

  test('are not to be had by wrong or hostile questions, which are answered in time', async () => {
    const long = 'x'.repeat(10 * 1024 ** 2)
    const bad: [string, number, RegExp][] = [
      ['?from=0&to=-1', 400, /at most 400 days/],
      [`?from=${NOW}&to=${NOW - 1}`, 400, /before query\.to/],
      ['?limit=1001', 400, /query\.limit/],
      ['?limit=0', 400, /query\.limit/],
      ['?severity=bad', 400, /none of none, emergency/],
      ['?not_severity=bad', 400, /query\.not_severity: "bad" is none of none/],
      ['?not_agents=web-1', 400, /query\.not_agents: names ULIDs/],
      ['?agents=web-1', 400, /ULIDs/],
      [`?agents=${Array.from({ length: 51 }, (_, i) => agentId(i)).join(',')}`, 400, /at most 50/],
      ['?sources=,', 400, /names nothing/],
      ['?words=%20', 400, /names nothing/],
      [`?words=${'a%20'.repeat(101)}`, 400, /query\.words/],
      [`?text=${long}`, 400, /query\.text/],
      [`?regex=${'('.repeat(201)}`, 400, /query\.regex/],
      ['?text=a%00b', 400, /query\.text/],
      ['?cursor=abc', 400, /query\.cursor/],
      [`?cursor=${Buffer.from("1/' or 1=1").toString('base64url')}`, 400, /query\.cursor/],
      ['?regex=(', 400, /parentheses/],
      ['?regex=%5Bz-a%5D', 400, /invalid/],
      ['/tail?regex=(', 400, /parentheses/],
      ['/histogram?buckets=1', 400, /query\.buckets/],
      ['/context?id=x&time=1', 400, /query\.id/],
      ['/export?format=pdf', 400, /query\.format/],
    ]
    for (const [path, status, detail] of bad) {
      const answer = await t.ask(`/api/v1/logs${path}`, { token })
      assert.equal(answer.status, status, path.slice(0, 100))
      assert.match(ErrorBody.parse(answer.body).detail ?? '', detail, path.slice(0, 100))
    }
    const metacharacters = ["'; drop table logs; --", '%', '_', '\\', '"}) |= `', '$$', '${x}', '*', ')))']
    for (const text of metacharacters) {
      const { lines: found } = await ask(`?${RANGE}&text=${encodeURIComponent(text)}`, LogsBody)
      assert.ok(
        found.every(({ message }) => message.includes(text)),
        text,
      )
    }
    const startedMs = performance.now()
    for (const bomb of [
      '(a*)*b',
      '(x+x+)+y',
      '(.*)*(.*)*(.*)*\\1\\2\\3z',
      '((((a{0,99}){0,99}){0,99}){0,99})',
    ])
      assert.ok(
        [200, 400].includes(
          (await t.ask(`/api/v1/logs?${RANGE}&regex=${encodeURIComponent(bomb)}`, { token })).status,
        ),
      )
    assert.ok(performance.now() - startedMs < 40_000)
  })
})
