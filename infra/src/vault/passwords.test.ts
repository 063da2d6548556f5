import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashPassword, verifyPassword } from './passwords.ts'

test('a password verifies against its own hash and no other', async () => {
  const [hash, other] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')])
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.notEqual(hash, other, 'salted')
  assert.equal(await verifyPassword('correct horse', hash), true)
  assert.equal(await verifyPassword('correct Horse', hash), false)
})

test('a hash of another program with other costs verifies', async () => {
  // `printf password | argon2 somesalt -id -t 2 -k 65536 -p 1`, from the reference implementation's README.
  const hash = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  assert.equal(await verifyPassword('password', hash), true)
})

test('composed and decomposed characters are one password', async () => {
  assert.equal(await verifyPassword('cafe\u0301 au lait', await hashPassword('caf\u00e9 au lait')), true)
})

test('an unknown user takes as long as a wrong password', async () => {
  const hash = await hashPassword('something long')
  await verifyPassword('warm up', undefined)
  const time = async (stored: string | undefined): Promise<number> => {
    const startMs = performance.now()
    for (let i = 0; i < 5; i++) assert.equal(await verifyPassword('a guess', stored), false)
    return performance.now() - startMs
  }
  const [wrong, unknown] = [await time(hash), await time(undefined)]
  assert.ok(unknown > wrong / 3 && unknown < wrong * 3, `${unknown} ms against ${wrong} ms`)
})

test('garbage in the column is no password', async () => {
  for (const stored of ['', '$argon2id$', '$2b$10$abcdefghijklmnopqrstuv', '$argon2id$v=19$m=1,t=1,p=1$a$b'])
    assert.equal(await verifyPassword('whatever', stored), false)
})

test('too short and too long are refused', async () => {
  await assert.rejects(hashPassword('seven77'), RangeError)
  await assert.rejects(hashPassword('x'.repeat(1025)), RangeError)
})
