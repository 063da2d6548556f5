import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasFeature, serverWarning, UnsupportedServer } from './server-features.ts'

test('servers by version: refused, for development, for production', () => {
  assert.throws(() => serverWarning('2.8.4'), UnsupportedServer)
  assert.match(serverWarning('2.9.10') ?? '', /for development/)
  assert.match(serverWarning('2.10.22') ?? '', /for development/)
  assert.equal(serverWarning('2.10.23'), undefined)
  assert.equal(serverWarning('2.12.1'), undefined)
  assert.equal(hasFeature('2.9.10', 'compression'), false)
  assert.equal(hasFeature('2.10.0', 'compression'), true)
})
