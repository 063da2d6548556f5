import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateSigningKey, publicKeyFromRaw, rawPublicKey, signMessage } from '@secumon/contracts/signing'
import { Registry } from 'prom-client'
import { ingestMetrics } from './metrics.ts'
import { createVerifier, type Signed, type Verifier } from './verifier.ts'

const privateKey = generateSigningKey()
const key = publicKeyFromRaw(rawPublicKey(privateKey))
const bytes = Buffer.from('a frame')
const good: Signed = { context: 'frame', bytes, signature: signMessage('frame', bytes, privateKey), key }
const bent = Uint8Array.from(good.signature, (byte, i) => (i === 9 ? byte ^ 1 : byte))

const cases: [string, Signed, boolean][] = [
  ['a good signature', good, true],
  ['another context', { ...good, context: 'gap' }, false],
  ['a flipped bit', { ...good, signature: bent }, false],
  ['other bytes', { ...good, bytes: Buffer.from('a frume') }, false],
  ['another key', { ...good, key: publicKeyFromRaw(rawPublicKey(generateSigningKey())) }, false],
  ['a short signature', { ...good, signature: good.signature.subarray(1) }, false],
  ['a key of small order', { ...good, key: publicKeyFromRaw(new Uint8Array(32)) }, false],
]

const NO_GAUGES = { streams: () => 0, inFlight: () => 0, queuedBytes: () => 0, identities: () => 0 }

const verdict = (verifier: Verifier, signed: Signed) =>
  new Promise<boolean>((resolve) => verifier.check(signed, resolve))

for (const [where, inPlace] of [
  ['in place', 100],
  ['in the pool', 0],
] as const) {
  const verifier = createVerifier(inPlace, ingestMetrics(new Registry(), NO_GAUGES))
  for (const [what, signed, expected] of cases)
    test(`${where}: ${what}`, async () => assert.equal(await verdict(verifier, signed), expected))
}
