import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyring, keyringOf, type KeyringCommand, type KeyringState } from './keyring.ts'

const after = (...commands: KeyringCommand[]) =>
  commands.reduce<KeyringState>(
    (state, command) => keyring.decide(command, state).reduce(keyring.evolve, state),
    keyring.initial,
  )

const commands: [KeyringCommand, Partial<KeyringState>][] = [
  [{ kind: 'RotateDataKey', keyId: 'k2' }, { rotatedTo: 'k2' }],
  [{ kind: 'ShredTenant', keyIds: ['k1', 'k2'] }, { shredded: ['k1', 'k2'] }],
  [{ kind: 'ForgetDataKeys', keyIds: ['k3'] }, { forgotten: ['k3'] }],
  [{ kind: 'RotateMasterKey', masterKeyId: 'm2' }, { masterKeyId: 'm2' }],
]

for (const [command, change] of commands)
  test(`${command.kind} has its effect once`, () => {
    const state = after(command)
    assert.deepEqual(state, { ...keyring.initial, ...change })
    assert.deepEqual(keyring.decide(command, state), [])
  })

test('shredding again tells only of keys that were made since', () => {
  const state = after({ kind: 'ShredTenant', keyIds: ['k1'] })
  const [event] = keyring.decide({ kind: 'ShredTenant', keyIds: ['k1', 'k2'] }, state)
  assert.ok(event?.case === 'tenantShredded')
  assert.deepEqual(event.value.keyIds, ['k2'])
})

test('of keys that are gone it is told once how they went', () => {
  const shredded = after({ kind: 'ShredTenant', keyIds: ['k1'] })
  assert.deepEqual(keyring.decide({ kind: 'ForgetDataKeys', keyIds: ['k1'] }, shredded), [])
  const forgotten = after({ kind: 'ForgetDataKeys', keyIds: ['k1'] })
  assert.deepEqual(keyring.decide({ kind: 'ShredTenant', keyIds: ['k1'] }, forgotten), [])
})

test('a tenant’s keyring belongs to the platform', () => {
  assert.deepEqual(keyringOf('acme'), { tenant: 'system', aggregate: 'keyring', id: 'acme' })
})
