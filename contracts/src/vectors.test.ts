import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { goldenVectors, type GoldenVectors } from './vectors.ts'

const committed = JSON.parse(
  await readFile(new URL('../vectors/chain-v1.json', import.meta.url), 'utf8'),
) as GoldenVectors

test('the format gives the committed bytes', () => {
  assert.deepEqual(goldenVectors(), committed)
})

// From here on nothing of ours is used: this is how a stranger checks the vectors.
const bytes = (hex: string) => Buffer.from(hex, 'hex')
const key = createPublicKey({
  key: Buffer.concat([bytes('302a300506032b6570032100'), bytes(committed.public_key)]),
  format: 'der',
  type: 'spki',
})
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex')

test('each signature covers its context and its bytes', () => {
  for (const frame of committed.frames)
    assert.ok(
      verify(
        null,
        Buffer.concat([Buffer.from('secumon-frame-v1\0'), bytes(frame.bytes)]),
        key,
        bytes(frame.signature),
      ),
    )
  const { gap, open } = committed
  assert.ok(
    verify(
      null,
      Buffer.concat([Buffer.from('secumon-gap-v1\0'), bytes(gap.bytes)]),
      key,
      bytes(gap.signature),
    ),
  )
  const opened = Buffer.concat([Buffer.from('secumon-open-v1\0'), bytes(open.nonce), Buffer.from(open.agent)])
  assert.ok(verify(null, opened, key, bytes(open.signature)))
})

test('the chain runs from the epoch through the frames and over the gap', () => {
  const [first, second, fourth] = committed.frames
  assert.ok(first && second && fourth)
  assert.equal(sha256(bytes(committed.epoch_started.bytes)), committed.epoch_started.sha256)
  for (const frame of committed.frames) assert.equal(sha256(bytes(frame.bytes)), frame.hash)
  // Field 6, 32 bytes: tag 0x32, length 0x20.
  for (const [frame, previous] of [
    [first, committed.epoch_started.sha256],
    [second, first.hash],
    [fourth, committed.gap.hash],
  ] as const)
    assert.ok(frame.bytes.includes(`3220${previous}`), `frame ${frame.sequence} names its predecessor`)
})
