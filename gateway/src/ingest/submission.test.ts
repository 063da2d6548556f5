import { create } from '@bufbuild/protobuf'
import { sealFrame, sha256 } from '@secumon/contracts/frame'
import { SubmissionSchema } from '@secumon/contracts/gen/ingest'
import { generateSigningKey } from '@secumon/contracts/signing'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSubmission } from './submission.ts'

const chain = { tenant: 'main', agent: '01ARZ3NDEKTSV4RRFFQ69G5FAV', epoch: 1, lane: 'telemetry' } as const
const anchor = { sequence: 0, hash: sha256(Buffer.from('epoch 1')) }
const { bytes, signature } = sealFrame(chain, anchor, { sentAtMs: 1, observations: [] }, generateSigningKey())

const cases = [
  ['an age within its field', 5_000, 0n, 5_000],
  ['a host that was off for a hundred days', 2 ** 32 - 1, 4_345_032_705n, 100 * 86_400_000],
  ['an age that nobody can have', 2 ** 32 - 1, 2n ** 64n - 1n, 2 ** 32 - 1 + 3.2e14],
] as const

for (const [what, ageMs, furtherAgeMs, expected] of cases)
  test(`${what} is read whole and makes a number`, () => {
    const record = { case: 'frame' as const, value: { frame: bytes, signature } }
    const read = readSubmission(create(SubmissionSchema, { record, ageMs, furtherAgeMs }))
    assert.equal(read.ageMs, expected)
    assert.ok(Number.isSafeInteger(Date.now() - read.ageMs))
  })
