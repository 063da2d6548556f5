// The golden chain: one agent's epoch, three frames and a gap, from a fixed key. Its bytes are committed in
// contracts/vectors/chain-v1.json, so that another implementation can be checked against them and so that a
// change of the format cannot pass unseen. `node contracts/src/vectors.ts` prints them.

import { create, toBinary } from '@bufbuild/protobuf'
import { GapReason, Lane } from './gen/secumon/v1/frame_pb.ts'
import { EpochStartedSchema } from './gen/secumon/v1/identity_pb.ts'
import { EpochReason } from './gen/secumon/v1/ingest_pb.ts'
import { ObservationSchema } from './gen/secumon/v1/observation_pb.ts'
import { sealFrame, sealGap, sha256, type ChainHead, type Sealed } from './frame.ts'
import { privateKeyFromSeed, rawPublicKey, signMessage } from './signing.ts'

const SEED = Uint8Array.from({ length: 32 }, (_, i) => i)
const AGENT = '01JD5Z3V9Q7X2M4K6N8P0R1S3T'
const AT_MS = 1_780_000_000_000

export type GoldenVectors = ReturnType<typeof goldenVectors>

export function goldenVectors() {
  const key = privateKeyFromSeed(SEED)
  const publicKey = rawPublicKey(key)
  const epoch = toBinary(
    EpochStartedSchema,
    create(EpochStartedSchema, {
      agent: AGENT,
      epoch: 1n,
      publicKey,
      reason: EpochReason.ENROLLED,
      atMs: BigInt(AT_MS),
      lane: Lane.TELEMETRY,
    }),
  )
  const chain = { tenant: 'main', agent: AGENT, epoch: 1, lane: 'telemetry' } as const
  const anchor: ChainHead = { sequence: 0, hash: sha256(epoch) }
  const frame = (head: ChainHead, tick: number): Sealed =>
    sealFrame(chain, head, { sentAtMs: AT_MS + tick * 10_000 + 7, observations: [observation(tick)] }, key)
  const first = frame(anchor, 1)
  const second = frame(first, 2)
  const dropped = frame(second, 3)
  const gap = sealGap(
    chain,
    { first: 3, last: 3, hashOfLast: dropped.hash, reason: GapReason.SPOOL_FULL, atMs: AT_MS + 45_000 },
    key,
  )
  const nonce = sha256(Buffer.from('nonce'))
  return {
    format: 'secumon-chain-v1',
    seed: hex(SEED),
    public_key: hex(publicKey),
    epoch_started: { bytes: hex(epoch), sha256: hex(anchor.hash) },
    frames: [first, second, frame(gap, 4)].map(described),
    gap: described(gap),
    open: {
      nonce: hex(nonce),
      agent: AGENT,
      signature: hex(signMessage('open', Buffer.concat([nonce, Buffer.from(AGENT)]), key)),
    },
  }
}

function observation(tick: number) {
  return create(ObservationSchema, {
    atMs: BigInt(AT_MS + tick * 10_000),
    intervalMs: tick === 1 ? 0 : 10_000,
    periodMs: 10_000,
    host: {
      cpuUsagePercent: 12.5 * tick,
      cpuCoreBusyPercent: [25, 0],
      memoryTotalBytes: 8_589_934_592,
      systemUsers: 1,
    },
    filesystems: {
      mount: ['/'],
      device: ['/dev/vda1'],
      type: ['ext4'],
      totalBytes: [53_687_091_200],
      usagePercent: [41.5],
    },
  })
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const described = ({ bytes, signature, sequence, hash }: Sealed) => ({
  sequence,
  bytes: hex(bytes),
  signature: hex(signature),
  hash: hex(hash),
})

if (import.meta.main) process.stdout.write(`${JSON.stringify(goldenVectors(), null, 2)}\n`)
