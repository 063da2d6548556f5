import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUlid } from '@secumon/contracts/ids'
import { newCommandId, newId, onceOf, type KeyedRequest } from './once.ts'

const request: KeyedRequest = { tenant: 'main', key: 'k1', target: 'POST /api/v1/rules', body: '{"a":1}' }

test('the same request has the same ids whenever it comes', () => {
  const [first, again] = [onceOf(request), onceOf({ ...request })]
  assert.equal(newId(first, 1), newId(again, 2))
  assert.equal(newCommandId(first, 1), newCommandId(again, 2))
  assert.ok(isUlid(newId(first, 1)))
})

test('another key, tenant, address or part is something else', () => {
  const id = newId(onceOf(request), 0)
  for (const other of [{ key: 'k2' }, { tenant: 'b' }, { target: 'POST /api/v1/silences' }])
    assert.notEqual(newId(onceOf({ ...request, ...other }), 0), id)
  assert.notEqual(newId(onceOf(request), 0, 'part'), id)
})

test('another body has another command about the same thing', () => {
  const [one, other] = [onceOf(request), onceOf({ ...request, body: '{}' })]
  assert.equal(newId(one, 0), newId(other, 0))
  assert.notEqual(newCommandId(one, 0), newCommandId(other, 0))
  assert.equal(newCommandId(other, 0).slice(0, 32), one.key)
})

test('without a key each request is new', () => {
  assert.notEqual(newId(undefined, 1), newId(undefined, 1))
  assert.notEqual(newCommandId(undefined, 1), newCommandId(undefined, 1))
})
