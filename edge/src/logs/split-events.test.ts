// Bytes and the events they are: a table of what log files hold.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CUT_MARK, splitEvents, type SplitOptions } from './split-events.ts'

const PLAIN: SplitOptions = { grouping: undefined, isCutting: false, isQuiet: false, isEnd: false }
const STACKS: SplitOptions = { ...PLAIN, grouping: { continues: (line) => /^\s/.test(line), maxLines: 3 } }

const CASES: readonly {
  readonly name: string
  readonly bytes: string | Buffer
  readonly options?: SplitOptions
  readonly events: readonly string[]
  /** What waits for more. */
  readonly rest?: number
}[] = [
  { name: 'lines', bytes: 'a\nb\n', events: ['a', 'b'] },
  { name: 'a line without an end waits', bytes: 'a\nb', events: ['a'], rest: 1 },
  { name: 'at the end it does not', bytes: 'a\nb', options: { ...PLAIN, isEnd: true }, events: ['a', 'b'] },
  { name: 'ends of Windows', bytes: 'a\r\nb\r\n', events: ['a', 'b'] },
  { name: 'empty lines say nothing', bytes: '\n\na\n\n', events: ['a'] },
  { name: 'what is no UTF-8 is replaced', bytes: Buffer.from([0x61, 0xff, 0x62, 10]), events: ['a\ufffdb'] },
  { name: 'the mark of UTF-8 is no text', bytes: '\ufeffa\nb\n', events: ['a', 'b'] },
  { name: 'zeros before a line are a hole', bytes: '\0\0\0a\nb\n', events: ['a', 'b'] },
  { name: 'zeros within a line are replaced', bytes: 'a\0b\n', events: ['a\ufffdb'] },
  { name: 'nothing', bytes: '', events: [] },
  {
    name: 'a group waits for what ends it',
    bytes: 'a\n b\nc\n',
    options: STACKS,
    events: ['a\n b'],
    rest: 2,
  },
  {
    name: 'a group is complete when it is quiet',
    bytes: 'a\n b\n',
    options: { ...STACKS, isQuiet: true },
    events: ['a\n b'],
  },
  {
    name: 'a group has so many lines',
    bytes: 'a\n b\n c\n d\nz\n',
    options: STACKS,
    events: ['a\n b\n c', ' d'],
    rest: 2,
  },
  {
    name: 'lines within a group end as others',
    bytes: 'a\r\n b\r\nc\r\n',
    options: STACKS,
    events: ['a\n b'],
    rest: 3,
  },
  {
    name: 'the rest of a line that was cut',
    bytes: 'rest\na\n',
    options: { ...PLAIN, isCutting: true },
    events: ['a'],
  },
]

for (const { name, bytes, options = PLAIN, events, rest = 0 } of CASES)
  test(name, () => {
    const given = Buffer.from(bytes)
    const split = splitEvents(given, options)
    assert.deepEqual(split.events, events)
    assert.equal(given.length - split.consumed, rest)
  })

test('a line is cut at 64 KiB, between characters, and marked; what follows it is read', () => {
  const bytes = Buffer.from(`${'ä'.repeat(50_000)}\nnext\n`)
  const { events, consumed, isCutting } = splitEvents(bytes, PLAIN)
  assert.match(events[0] ?? '', new RegExp(`^ä+${CUT_MARK.replaceAll(/[[\]]/g, '\\$&')}$`))
  assert.ok(Buffer.byteLength(events[0] ?? '') <= 64 * 1024)
  assert.deepEqual([isCutting, consumed, events[1]], [false, bytes.length, 'next'])
})

test('a line whose end is not in sight is cut, and its rest is left out', () => {
  const bytes = Buffer.from('x'.repeat(100_000))
  const { events, consumed, isCutting } = splitEvents(bytes, PLAIN)
  assert.deepEqual([events.length, consumed, isCutting], [1, 100_000, true])
})

test('however the bytes come, the lines are the same', () => {
  const text = fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', 'ä', '€'), { maxLength: 60 })
  fc.assert(
    fc.property(text, fc.array(fc.nat(20)), (parts, sizes) => {
      const whole = Buffer.from(`${parts.join('')}\n`)
      const arrived: string[] = []
      let from = 0
      for (const until of [
        ...sizes.map((_, i) => sizes.slice(0, i + 1).reduce((a, b) => a + b)),
        whole.length,
      ]) {
        const { events, consumed } = splitEvents(whole.subarray(from, until), PLAIN)
        arrived.push(...events)
        from += consumed
      }
      assert.deepEqual(arrived, whole.toString().split(/\r?\n/).filter(Boolean))
    }),
  )
})
