import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { REJECTIONS } from './errors.ts'

test('every rejection code of the domain has a face, and no other', () => {
  const source = readFileSync(fileURLToPath(import.meta.resolve('@secumon/domain/rejected')), 'utf8')
  const union = /export type RejectionCode =([^]*?)\n\n/.exec(source)?.[1] ?? ''
  const codes = [...union.matchAll(/'(\w+)'/g)].map((match) => match[1] ?? '')
  assert.ok(codes.length > 0)
  assert.deepEqual(Object.keys(REJECTIONS).toSorted(), codes.toSorted())
})

test('every exit code is one of sysexits', () => {
  for (const [code, face] of Object.entries(REJECTIONS)) assert.ok(face.exit >= 64 && face.exit <= 78, code)
})
