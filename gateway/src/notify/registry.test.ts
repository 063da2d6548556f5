import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Rejected } from '@secumon/domain/rejected'
import { channelKinds } from './check-channel.ts'
import { NOTIFIERS, notifierOf } from './registry.ts'

test('each file of a channel has its line in the registry', () => {
  const files = readdirSync(join(import.meta.dirname, 'channels')).filter((file) => !file.includes('.test.'))
  assert.deepEqual(NOTIFIERS.map(({ kind }) => `${kind}.ts`).toSorted(), files.toSorted())
})

test('a kind that is not there is refused with those that are', () => {
  assert.throws(
    () => notifierOf('pigeon'),
    new Rejected(
      'invalid',
      `there is no channel of kind pigeon: ${NOTIFIERS.map(({ kind }) => kind).join(', ')}`,
    ),
  )
})

test('each field says what it is for, in each language', () => {
  for (const { kind, settings, secrets } of channelKinds())
    for (const { name, about } of [...settings, ...secrets])
      assert.ok(about.en !== name && about.fr.length > 3 && about.fr !== about.en, `${kind}.${name}`)
})
