// One hash over many envelopes, so that log and archive can be compared without holding either in memory.

import { createHash } from 'node:crypto'

/** What a subject or an aggregate holds, in one number and one hash. */
export type Digest = { readonly count: number; readonly hash: Uint8Array }

export const EMPTY_DIGEST: Digest = { count: 0, hash: new Uint8Array(32) }

/** The digest after one more envelope, given the SHA-256 of its bytes. */
export const extendDigest = ({ count, hash }: Digest, envelopeHash: Uint8Array): Digest => ({
  count: count + 1,
  hash: createHash('sha256').update(hash).update(envelopeHash).digest(),
})
