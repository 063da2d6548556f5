// The check finds what is planted, where it is, and nothing in an archive that nothing is wrong with.

import assert from 'node:assert/strict'
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporaryDirectory } from '../testing/servers.ts'
import type { ArchivedRecord, ArchiveWriter } from './archive.ts'
import { describeFinding, type Finding } from './check-findings.ts'
import { checkArchive, type CheckOptions } from './check.ts'
import { expireSegment } from './expire.ts'
import { tamper } from './testing-tamper.ts'
import { DAY_MS, testingArchive } from './testing-archive.ts'
import { SignedFleet } from './testing-fleet.ts'

type Archive = ReturnType<typeof testingArchive>

/** A sealed day of two tenants and an open one; five flushes. */
async function archiveOf(
  context: TestContext,
  change: (records: ArchivedRecord[]) => ArchivedRecord[] = (all) => all,
) {
  const archive = testingArchive(await temporaryDirectory(context))
  const [main, other] = [new SignedFleet(), new SignedFleet('other')]
  const writer = await archive.writer()
  const write = (records: ArchivedRecord[]) => writer.write(change(records), [])
  await write([main.enrol(1), main.epoch(1), main.epoch(1, 'logs'), other.enrol(2), other.epoch(2)])
  await write([main.frame(1), main.frame(1), main.frame(1, 'logs'), other.frame(2), main.renamed('a')])
  await write([main.gap(1, 3), main.frame(1), main.frame(1), main.renamed('a'), other.frame(2)])
  archive.time.nowMs += DAY_MS
  await writer.sealDue()
  await write([main.epoch(1, 'telemetry', 9), main.frame(1), main.frame(1, 'logs'), other.frame(2)])
  await write([main.frame(1), main.frame(1), other.frame(2)])
  await writer.close()
  return archive
}

async function check(archive: Archive, options: Partial<CheckOptions> = {}) {
  const findings: Finding[] = []
  const onFinding = (finding: Finding) => void findings.push(finding)
  const { directory, store, keys } = archive
  const summary = await checkArchive({ directory, store, keys, committedFlush: 5, onFinding, ...options })
  for (const finding of findings) assert.ok(describeFinding(finding).length > 20)
  return { findings, kinds: findings.map(({ kind }) => kind), summary }
}

async function segmentOf(archive: Archive, prefix: string): Promise<string> {
  const [segment, ...others] = await archive.store.list(prefix)
  assert.ok(segment && others.length === 0)
  return segment.name
}

async function openFiles(archive: Archive): Promise<string[]> {
  const [directory = ''] = (await readdir(archive.directory)).filter((name) => name.startsWith('.open-'))
  return (await readdir(join(archive.directory, directory))).map((file) =>
    join(archive.directory, directory, file),
  )
}

async function flip(path: string, offset: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x10
  await writeFile(path, bytes)
}

test('a clean archive: nothing is found and everything is counted', async (context) => {
  const archive = await archiveOf(context)
  const { findings, summary } = await check(archive)
  assert.deepEqual(findings, [])
  const { segments, leaves, frames, gaps, envelopes, signatures, flush, hashesOnly } = summary
  assert.deepEqual(
    { segments, leaves, frames, gaps, envelopes, signatures, flush, hashesOnly },
    { segments: 9, leaves: 22, frames: 13, gaps: 1, envelopes: 8, signatures: 14, flush: 5, hashesOnly: 0 },
  )
  assert.deepEqual((await check(archive, { tenant: 'other' })).findings, [])
  assert.deepEqual((await check(archive, { since: '2026-11-22' })).findings, [])
  assert.equal((await check(archive, { signatures: false })).summary.signatures, 0)
})

test('what has expired and what was shredded is no fault', async (context) => {
  const archive = await archiveOf(context)
  const name = await segmentOf(archive, 'main/telemetry/')
  const [segment] = await archive.store.list(name)
  await expireSegment(archive, { name, sizeBytes: segment?.sizeBytes ?? 0 })
  const expired = await check(archive)
  assert.deepEqual(expired.findings, [])
  assert.equal(expired.summary.hashesOnly, 5)
  archive.keys.shred('other')
  const shredded = await check(archive)
  assert.deepEqual(shredded.findings, [])
  assert.equal(shredded.summary.hashesOnly, 11)
})

// Offsets from the beginning of a sealed segment, or from its end.
const bytes: { what: string; at: number; finds: Finding['kind'] }[] = [
  { what: 'the magic', at: 0, finds: 'start-damaged' },
  { what: 'the length of the header', at: 8, finds: 'start-damaged' },
  { what: 'the checksum of the header', at: 12, finds: 'start-damaged' },
  { what: 'the header', at: 20, finds: 'start-damaged' },
  { what: 'the magic at the end', at: -1, finds: 'index-damaged' },
  { what: 'the length of the index', at: -12, finds: 'index-damaged' },
  { what: 'the checksum of the index', at: -16, finds: 'index-damaged' },
  { what: 'the index', at: -20, finds: 'index-damaged' },
]
for (const { what, at, finds } of bytes)
  test(`a flipped bit in ${what} is found`, async (context) => {
    const archive = await archiveOf(context)
    const name = await segmentOf(archive, 'main/telemetry/')
    const path = join(archive.directory, name)
    await flip(path, at < 0 ? (await readFile(path)).length + at : at)
    const { findings } = await check(archive)
    assert.deepEqual(
      findings.map((finding) => [finding.kind, 'segment' in finding && finding.segment]),
      [[finds, name]],
    )
  })

const inBlock = { length: 0, checksum: 4, 'length of the head': 8, head: 14, 'nonce or ciphertext': 90 }
for (const [what, at] of Object.entries(inBlock))
  test(`a flipped bit in a block's ${what} is found, and the blocks after it are read`, async (context) => {
    const archive = await archiveOf(context)
    const name = await segmentOf(archive, 'main/telemetry/')
    const blocks = await tamper(archive, name).blocks()
    const offset = blocks[0]?.offset ?? 0
    await flip(join(archive.directory, name), offset + at)
    const { findings, kinds } = await check(archive)
    assert.deepEqual(findings[0], { kind: 'block-damaged', segment: name, offset, until: blocks[1]?.offset })
    assert.deepEqual(kinds.toSorted(), ['block-damaged', 'flush-incomplete', 'leaves-missing'])
  })

test('any flipped bit of any file is found', async (context) => {
  const archive = await archiveOf(context)
  const sealed = (await archive.store.list()).map(({ name }) => join(archive.directory, name))
  const files = [...sealed, ...(await openFiles(archive))]
  for (const path of files) {
    const { length } = await readFile(path)
    for (let at = 3; at < length; at += Math.ceil(length / 5)) {
      await flip(path, at)
      const { findings } = await check(archive)
      assert.notEqual(findings.length, 0, `byte ${at} of ${length} of ${path}`)
      await flip(path, at)
    }
  }
})

test('a file cut short is found', async (context) => {
  const archive = await archiveOf(context)
  const path = join(archive.directory, await segmentOf(archive, 'main/telemetry/'))
  const { length } = await readFile(path)
  await truncate(path, length - 1)
  assert.deepEqual((await check(archive)).kinds, ['index-damaged'])
  await truncate(path, 200)
  const { kinds } = await check(archive)
  for (const kind of ['index-damaged', 'flush-incomplete', 'leaves-missing'] as const)
    assert.ok(kinds.includes(kind))
})

test('an open segment cut short is found by what was committed, and tolerated where nothing was', async (context) => {
  const archive = await archiveOf(context)
  for (const path of await openFiles(archive)) {
    const { length } = await readFile(path)
    if (path.includes('telemetry')) await truncate(path, length - 3)
  }
  assert.deepEqual((await check(archive, { committedFlush: 4 })).findings, [])
  const { findings, kinds } = await check(archive)
  assert.deepEqual(kinds.toSorted(), ['block-damaged', 'block-damaged', 'flushes-missing'])
  assert.deepEqual(findings[0], { kind: 'flushes-missing', first: 5, last: 5 })
})

test('a deleted segment is found by flushes, leaves and chain', async (context) => {
  const archive = await archiveOf(context)
  await rm(join(archive.directory, await segmentOf(archive, 'other/telemetry/')))
  const { findings } = await check(archive)
  assert.deepEqual(findings, [
    { kind: 'flush-incomplete', flush: 2, blocks: 3, expected: 4 },
    { kind: 'flush-incomplete', flush: 3, blocks: 2, expected: 3 },
    { kind: 'leaves-missing', tenant: 'other', first: 2, last: 3 },
  ])
})

test('a deleted block is found although index, name and checksums are made to agree', async (context) => {
  const archive = await archiveOf(context)
  await tamper(archive, await segmentOf(archive, 'main/telemetry/')).rewrite(([first]) =>
    first ? [first] : [],
  )
  const { kinds, findings } = await check(archive)
  assert.deepEqual(kinds, ['flush-incomplete', 'leaves-missing'])
  assert.deepEqual(findings[1], { kind: 'leaves-missing', tenant: 'main', first: 7, last: 9 })
})

test('swapped records are found by their leaf hashes; with those swapped too, by their chain', async (context) => {
  const archive = await archiveOf(context)
  const swap = <T>([a, b, ...rest]: readonly T[]): T[] => [b, a, ...rest].filter((each) => each !== undefined)
  await tamper(archive, await segmentOf(archive, 'main/telemetry/')).rewrite((blocks) =>
    blocks.map((block, i) => (i === 0 ? { ...block, entries: swap(block.entries) } : block)),
  )
  assert.deepEqual((await check(archive)).kinds.filter((kind) => kind === 'leaf-wrong').length, 2)
  await tamper(archive, await segmentOf(archive, 'main/telemetry/')).rewrite((blocks) => blocks, {
    leaves: true,
  })
  const { kinds } = await check(archive)
  assert.ok(!kinds.includes('leaf-wrong') && kinds.includes('chain-repeated'))
})

type Change = (records: ArchivedRecord[]) => ArchivedRecord[]
type Planted = { what: string; change: Change; finds: Finding['kind'][] }

/** Changes the n-th record whose subject contains this. */
function nth(n: number, subject: string, edit: (record: ArchivedRecord) => ArchivedRecord[]): Change {
  let seen = 0
  return (records) =>
    records.flatMap((record) => (record.subject.includes(subject) && ++seen === n ? edit(record) : [record]))
}
const LANE = 'telemetry.0.main.'

const planted: Planted[] = [
  { what: 'a frame that was never archived', change: nth(2, LANE, () => []), finds: ['chain-hole'] },
  { what: 'a gap that was never archived', change: nth(3, LANE, () => []), finds: ['chain-hole'] },
  { what: 'a frame archived twice', change: nth(2, LANE, (each) => [each, each]), finds: ['chain-repeated'] },
  { what: 'a signature with a flipped bit', change: nth(4, LANE, flipped(1)), finds: ['signature-bad'] },
  {
    what: 'an observation with a flipped bit',
    change: nth(4, LANE, flipped(67)),
    finds: ['signature-bad', 'chain-unlinked'],
  },
  {
    what: 'a frame under the subject of another tenant',
    change: nth(1, LANE, (each) => [{ ...each, subject: each.subject.replace('main', 'other') }]),
    finds: ['misplaced'],
  },
  {
    what: 'an epoch that was never archived',
    change: nth(3, 'main.identity', () => []),
    finds: ['version-hole', 'signer-unknown'],
  },
  {
    what: 'an envelope that was never archived',
    change: nth(1, '.agent.a', () => []),
    finds: ['version-hole'],
  },
  {
    what: 'an envelope archived twice',
    change: nth(1, '.agent.a', (each) => [each, each]),
    finds: ['version-repeated'],
  },
]
for (const { what, change, finds } of planted)
  test(`${what} is found`, async (context) => {
    const archive = await archiveOf(context, change)
    const { kinds } = await check(archive)
    assert.deepEqual(kinds, finds)
  })

/** With a flipped bit so many bytes before the end: the signature, or the observation before it. */
function flipped(fromEnd: number) {
  return (record: ArchivedRecord): ArchivedRecord[] => {
    const payload = Uint8Array.from(record.payload)
    const at = payload.length - fromEnd
    payload[at] = (payload[at] ?? 0) ^ 1
    return [{ ...record, payload }]
  }
}

test('a segment that is just being made is no fault', async (context) => {
  const archive = await archiveOf(context)
  const [path = ''] = await openFiles(archive)
  const begun = (await readFile(path)).subarray(0, 30)
  for (const length of [0, 5, 30])
    await writeFile(
      join(dirname(path), `third.logs.2026-11-22.00000000000${length % 7}`),
      begun.subarray(0, length),
    )
  assert.deepEqual((await check(archive)).findings, [])
})

test('an archive that is being written has no fault', async (context) => {
  const archive = testingArchive(await temporaryDirectory(context))
  const fleet = new SignedFleet()
  const writer: ArchiveWriter = await archive.writer({ maxSegmentBytes: 4_000 })
  let isWriting = true
  const checking = (async () => {
    for (let i = 0; i < 3 || isWriting; i++)
      assert.deepEqual(
        (await check(archive, { committedFlush: writer.flush > 0 ? writer.flush - 1 : 0 })).findings,
        [],
      )
  })()
  await writer.write([fleet.enrol(1), fleet.epoch(1), fleet.epoch(1, 'logs')], [])
  for (let i = 0; i < 60; i++) {
    await writer.write([fleet.frame(1), fleet.frame(1, 'logs'), fleet.renamed('a')], [])
    await writer.sealDue()
  }
  isWriting = false
  await checking
  await writer.close()
})
