// Real files in a real directory: what is measured of them, what is left out and how that is said.

import { toBinary } from '@bufbuild/protobuf'
import { CustomSamplesSchema, type CustomSamples } from '@secumon/contracts/gen/observation'
import { MAX_CUSTOM_VALUES } from '@secumon/contracts/custom-metrics'
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { testDirectory } from '../testing/chain.ts'
import { momentAt } from '../testing/host-tree.ts'
import { HOST_ROOTS, type TextFiles } from './collector.ts'
import { createTextFilesCollector } from './text-files.ts'
import { MAX_BYTES, type Gathered } from './text-files/gather-metrics.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

type Answer = { readonly custom?: CustomSamples; readonly faults?: readonly string[] }

function published(t: TestContext, options: Partial<TextFiles> = {}) {
  const directory = join(testDirectory(t), 'metrics.d')
  mkdirSync(directory)
  const textFiles = { directory, isExpected: false, intervalMs: 60_000, maxAgeMs: 3_600_000, ...options }
  const host = { roots: HOST_ROOTS, agentVersion: '1', textFiles }
  const collector = createTextFilesCollector(host, { patienceMs: 120_000 })
  return {
    directory,
    read: async (seconds: number) => (await collector.collect(momentAt(seconds))) as Answer,
    /** As programs should: beside it, then in its place. Written at that second of the test's time. */
    write: (name: string, text: string, seconds = 0): void => {
      const path = join(directory, name)
      writeFileSync(`${path}.new`, text)
      const at = momentAt(seconds).nowMs / 1000
      utimesSync(`${path}.new`, at, at)
      renameSync(`${path}.new`, path)
    },
  }
}

const valuesOf = ({ custom }: Answer): Record<string, number> =>
  Object.fromEntries(
    (custom?.value ?? []).map((value, i) => [
      `${custom?.metric[custom.metricIndex[i] ?? 0]}{${custom?.labels[i]}}`,
      value,
    ]),
  )

test('levels are there at once, counters from the second reading on as what they gained', async (t) => {
  const { read, write } = published(t)
  const counter = (hits: number) => `# TYPE hits_total counter\nhits_total{a="1"} ${hits}\n`
  write('a.prom', `age_seconds 7\n${counter(100)}`)
  assert.deepEqual(valuesOf(await read(0)), { 'age_seconds{}': 7 })
  write('a.prom', `age_seconds 8\n${counter(130)}hits_total{a="2"} 9\n`)
  const second = await read(60)
  assert.deepEqual(second.custom?.intervalMs, 60_000)
  assert.deepEqual(second.custom?.metric, ['age_seconds', 'hits_total'])
  assert.deepEqual(second.custom?.counter, [false, true])
  assert.deepEqual(valuesOf(second), { 'age_seconds{}': 8, 'hits_total{a="1"}': 30 })
  write('a.prom', `${counter(12)}hits_total{a="2"} 9\n`)
  assert.deepEqual(
    valuesOf(await read(120)),
    { 'hits_total{a="1"}': 12, 'hits_total{a="2"}': 0 },
    'restarted',
  )
  write('a.prom', 'age_seconds 9\n')
  await read(180)
  write('a.prom', counter(50))
  assert.deepEqual(valuesOf(await read(240)), {}, 'what vanished is new when it is back')
})

test('it is read once in its interval, not with every tick', async (t) => {
  const { read, write } = published(t, { intervalMs: 30_000 })
  write('a.prom', 'up 1\n')
  const answers = []
  for (const second of [0, 10, 20, 30, 40, 50, 60]) answers.push((await read(second)).custom?.value.length)
  assert.deepEqual(answers, [1, undefined, undefined, 1, undefined, undefined, 1])
})

test('a directory that is not there is nothing to measure, unless somebody named it', async (t) => {
  const none = published(t)
  rmSync(none.directory, { recursive: true })
  assert.deepEqual(await none.read(0), {})
  mkdirSync(none.directory)
  none.write('a.prom', 'up 1\n')
  assert.deepEqual(valuesOf(await none.read(60)), { 'up{}': 1 })
  rmSync(none.directory, { recursive: true })
  assert.deepEqual((await none.read(120)).custom?.value, [], 'its end is told')
  assert.deepEqual(await none.read(180), {})
  const named = published(t, { isExpected: true })
  rmSync(named.directory, { recursive: true })
  await assert.rejects(named.read(0), /ENOENT/)
})

test('only small regular files that were written lately are read, and everything else is named', async (t) => {
  const { directory, read, write } = published(t)
  writeFileSync(join(directory, 'half.prom.new'), 'half 1\n')
  write('.hidden.prom', 'hidden 1\n')
  write('a.prom', 'up 1\n')
  write('future.prom', 'future 1\n', 2 * 3_600)
  write('large.prom', '#'.repeat(1024 ** 2 + 1))
  symlinkSync(join(directory, 'a.prom'), join(directory, 'link.prom'))
  write('old.prom', 'old 1\n', -3_601)
  mkdirSync(join(directory, 'tree.prom'))
  const answer = await read(0)
  assert.deepEqual(valuesOf(answer), { 'up{}': 1 })
  assert.deepEqual(answer.faults, [
    'future.prom: was not written in the last 60 minutes',
    'large.prom: is larger than 1024 KiB',
    'link.prom: is no regular file',
    'old.prom: was not written in the last 60 minutes',
    'tree.prom: is no regular file',
  ])
})

test('lines that are left out are told by file and line, never by what they say', async (t) => {
  const { read, write } = published(t)
  write('a.prom', '# TYPE b_total counter\nup 1\nup 2\nsecret{token=abc} 1\nx +Inf\nup 3\n')
  write('b.prom', 'up{} 4\ny 1\nb_total 4\nb_total 5')
  write('c.prom', '# TYPE y counter\ny{a="1"} 1\n')
  const answer = await read(0)
  assert.deepEqual(valuesOf(answer), { 'up{}': 1, 'y{}': 1, 'b_total{}': 4 })
  assert.deepEqual(answer.faults, [
    'a.prom: a series that was there before (line 3 and 1 more)',
    'a.prom: labels that cannot be read (line 4)',
    'a.prom: a value that is not finite (line 5)',
    'b.prom: a series that was there before (line 1)',
    'b.prom: no line feed at its end, so it may be half written (line 4)',
    'c.prom: a metric of another TYPE than before (line 2)',
  ])
})

test('what everybody may write is read with a warning', { skip: process.platform === 'win32' }, async (t) => {
  const { directory, read, write } = published(t)
  write('a.prom', 'up 1\n')
  chmodSync(directory, 0o1777)
  chmodSync(join(directory, 'a.prom'), 0o666)
  const answer = await read(0)
  assert.deepEqual(valuesOf(answer), { 'up{}': 1 })
  assert.deepEqual(answer.faults, [
    '.: everybody on this host may write here',
    'a.prom: everybody on this host may write it',
  ])
})

test('more values than an observation takes are left out, the same ones every time', async (t) => {
  const { read, write } = published(t)
  const lines = (count: number) => Array.from({ length: count }, (_, i) => `many{i="${i}"} ${i}\n`).join('')
  write('a.prom', lines(MAX_CUSTOM_VALUES))
  write('b.prom', '')
  assert.deepEqual((await read(0)).faults, [])
  write('b.prom', 'one_more 1\n')
  const answer = await read(60)
  assert.equal(answer.custom?.value.length, MAX_CUSTOM_VALUES)
  assert.equal(answer.custom?.metric.length, 1)
  assert.deepEqual(answer.faults, ['b.prom: beyond 2000 values or 320 KiB, here and in later files (line 1)'])
})

test('the longest labels end an observation before it is too large for a frame', async (t) => {
  const { read, write } = published(t)
  const long = 'é'.repeat(500)
  const lines = Array.from({ length: 400 }, (_, i) => `name_${i}{text="${long}",i="${i}"} ${i + 0.5}\n`)
  write('a.prom', lines.join(''))
  const { custom, faults } = await read(0)
  assert.ok(custom)
  const bytes = toBinary(CustomSamplesSchema, custom).length
  assert.ok(bytes <= MAX_BYTES && bytes > MAX_BYTES - 4_096, `${bytes} bytes`)
  assert.match(String(faults), /^a\.prom: beyond .* \(line \d+\)$/)
})

test('files beyond the first hundred are counted, and so are faults beyond twenty', async (t) => {
  const { read, write } = published(t)
  for (let i = 100; i < 203; i++) write(`${i}.prom`, i < 130 ? 'bad\n' : `f${i} 1\n`)
  const { custom, faults } = await read(0)
  assert.equal(custom?.value.length, 70)
  assert.equal(faults?.length, 21)
  assert.equal(faults?.at(-1), '11 more faults')
})

test('a directory that hangs holds up no tick, says so once an interval, and what it says late is not of now', async () => {
  const textFiles = { directory: '/hung', isExpected: false, intervalMs: 60_000, maxAgeMs: 3_600_000 }
  const hung = [Promise.withResolvers<Gathered>(), Promise.withResolvers<Gathered>()]
  let asked = 0
  const gather = () => hung[asked++]?.promise ?? Promise.resolve(saying(3))
  const saying = (value: number) => ({
    values: [{ metric: 'up', isCounter: false, labels: '', value }],
    faults: [],
  })
  const host = { roots: HOST_ROOTS, agentVersion: '1', textFiles }
  const collector = createTextFilesCollector(host, { gather, patienceMs: 0 })
  const read = async (seconds: number) => (await collector.collect(momentAt(seconds))) as Answer
  assert.deepEqual(await read(0), {})
  assert.deepEqual(await read(10), {})
  assert.equal((await read(60)).faults?.length, 1)
  assert.deepEqual(await read(70), {})
  assert.equal(asked, 1, 'it is not asked again before it has answered')
  hung[0]?.resolve(saying(1))
  await turn()
  assert.deepEqual(await read(130), {}, 'too late')
  hung[1]?.resolve(saying(2))
  await turn()
  assert.deepEqual((await read(140)).custom?.value, [2], 'with the next tick')
})
