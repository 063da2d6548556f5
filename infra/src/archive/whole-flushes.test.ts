// Two looks at open segments while somebody writes them: what counts as whole, and what as damage.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flushesSeen, wholeFlushes, type OpenBlocks } from './whole-flushes.ts'

/** Segments by their blocks, each written as flush and attempt: every flush has a block in each of two. */
const look = (...segments: readonly string[][]): OpenBlocks[] =>
  segments.map((blocks, n) => ({
    name: `segment ${n}`,
    header: { tenant: 'main', kind: 'telemetry', day: '2026-11-21' },
    blocks: blocks.map((block) => ({
      offset: 0,
      bytes: 0,
      flush: Number.parseInt(block, 10),
      firstLeaf: 0,
      count: 1,
      flushBlocks: 2,
      nonce: Buffer.from(`${n}/${block}`),
    })),
  }))

const CASES: readonly [string, OpenBlocks[], OpenBlocks[], { newest: number; broken: number[] }][] = [
  ['nobody writes', look(['1', '2'], ['1', '2']), look(['1', '2'], ['1', '2']), { newest: 2, broken: [] }],
  ['the last is cut short', look(['1', '2'], ['1']), look(['1', '2'], ['1']), { newest: 1, broken: [] }],
  ['flushes are seen in part', look(['1'], ['1']), look(['1'], ['1', '2', '3']), { newest: 1, broken: [] }],
  [
    'a number is used again',
    look(['1', '2'], ['1', '2']),
    look(['1', '2'], ['1', '2b']),
    { newest: 1, broken: [] },
  ],
  [
    'a block is lost',
    look(['1', '2', '3'], ['1', '3']),
    look(['1', '2', '3'], ['1', '3']),
    { newest: 3, broken: [2] },
  ],
]

for (const [what, first, second, expected] of CASES)
  test(`while it is looked at, ${what}`, () => {
    const { newest, broken } = wholeFlushes(second, 0, flushesSeen(first, 0))
    assert.deepEqual({ newest, broken: [...broken.keys()] }, expected)
  })
