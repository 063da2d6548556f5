import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { masterKeys } from '../vault/master-keys.ts'
import { BoxSealed, openBox, sealBox } from './sealed-box.ts'

const content = Buffer.from('password hashes\n'.repeat(1_000))
const key = randomBytes(32)
const passphrase = 'correct horse battery'

test('a box opens with the passphrase it was sealed with and no other, and shows nothing', async () => {
  const box = await sealBox(content, { passphrase, masterKeys: masterKeys(key) })
  assert.ok(!box.toString('latin1').includes('password'))
  assert.deepEqual(await openBox(box, { passphrase }), content)
  await assert.rejects(openBox(box, { passphrase: 'another' }), BoxSealed)
  await assert.rejects(openBox(box, { masterKeys: masterKeys(key) }), /passphrase, which is not given/)
})

test('a box opens with its master key, also when that has become an old one', async () => {
  const box = await sealBox(content, { masterKeys: masterKeys(key) })
  assert.deepEqual(await openBox(box, { masterKeys: masterKeys(randomBytes(32), [key]) }), content)
  await assert.rejects(openBox(box, { masterKeys: masterKeys(randomBytes(32)) }), /master key [0-9a-f]{16}/)
})

test('a bit flipped anywhere is told', async () => {
  const box = await sealBox(content, { masterKeys: masterKeys(key) })
  for (let at = 0; at < box.length; at++) {
    const flipped = Buffer.from(box)
    flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at)
    await assert.rejects(openBox(flipped, { masterKeys: masterKeys(key) }), /SecretSealed|BoxSealed/)
  }
})

test('what is no box is said to be none', async () => {
  for (const bytes of ['', '\n', '{}\n', 'null\n', '{"box":2,"sealed":"passphrase"}\n', 'x'.repeat(100)])
    await assert.rejects(openBox(Buffer.from(bytes), { passphrase }), /no sealed file of ours/)
})
