import { BinaryReader } from '@bufbuild/protobuf/wire'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { varintBytes, writeVarint } from './varint.ts'

test('a varint is what protobuf reads, of the length that was said', () => {
  const edges = [0, 1, 127, 128, 16_383, 16_384, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]
  const check = (value: number) => {
    const bytes = new Uint8Array(varintBytes(value) + 3)
    assert.equal(writeVarint(bytes, 2, value), bytes.length - 1)
    assert.equal(Number(new BinaryReader(bytes.subarray(2)).uint64()), value)
  }
  edges.forEach(check)
  fc.assert(fc.property(fc.maxSafeNat(), check))
})
