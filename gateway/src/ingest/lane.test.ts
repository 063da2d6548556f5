// A lane and what happens to its agent's identity while the log is being read.

import { create } from '@bufbuild/protobuf'
import { durableAnswer } from '@secumon/contracts/durable'
import { sealFrame } from '@secumon/contracts/frame'
import { EpochStartedSchema, type EpochStarted } from '@secumon/contracts/gen/identity'
import { laneNumber } from '@secumon/contracts/lanes'
import { privateKeyFromSeed, rawPublicKey } from '@secumon/contracts/signing'
import type { EventLog, LogMessage } from '@secumon/infra/eventlog/event-log'
import { silentLogger } from '@secumon/infra/eventlog/test-event-log'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { Budget } from './budget.ts'
import { DurableLanes } from './durable-lanes.ts'
import { KnownAgent } from './identities.ts'
import type { IngestContext } from './ingest-context.ts'
import { laneRecord } from './lane-record.ts'
import { Lane, type LaneOwner } from './lane.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { ingestMetrics } from './metrics.ts'
import { createVerifier } from './verifier.ts'

const AGENT = '01JD5Z3V9Q7X2M4K6N8P0R1S3T'
const KEY = privateKeyFromSeed(new Uint8Array(32).fill(7))

const known = (epoch: number): KnownAgent => {
  const publicKey = rawPublicKey(KEY)
  const telemetry: EpochStarted = create(EpochStartedSchema, {
    agent: AGENT,
    lane: laneNumber('telemetry'),
    publicKey,
    epoch: BigInt(epoch),
  })
  return new KnownAgent(AGENT, { tenant: 'main', publicKey, epochs: { telemetry }, revoked: false })
}

/** Holds frame 41 of epoch 1; `whileReading` runs before it answers. */
function logOfFirstEpoch(whileReading: () => void): EventLog {
  const chain = { tenant: 'main', agent: AGENT, epoch: 1, lane: 'telemetry' } as const
  const head = { sequence: 40, hash: new Uint8Array(32) }
  const { bytes, signature } = sealFrame(chain, head, { sentAtMs: 1, observations: [] }, KEY)
  const message: LogMessage = {
    stream: 'TELEMETRY_0',
    position: 41,
    subject: `telemetry.0.main.${AGENT}`,
    payload: laneRecord('frame', bytes, signature),
    header: () => undefined,
    hash: () => new Uint8Array(32),
  }
  const unused = (): never => assert.fail('not asked for here')
  return {
    trouble: undefined,
    troubleOf: () => undefined,
    maxPayloadBytes: 1024 ** 2,
    connectionNumber: 1,
    onChange: () => () => undefined,
    lastMessage: async () => {
      whileReading()
      return message
    },
    messageAt: unused,
    append: unused,
    consume: unused,
    bounds: unused,
    publishLive: unused,
    subscribeLive: () => () => undefined,
    ask: async () => durableAnswer([{ agent: AGENT, lane: 'telemetry', epoch: 1, sequence: 41 }]),
    answer: unused,
    close: async () => undefined,
  }
}

test('an epoch that begins while a lane is being opened is not mixed up with the one before', async () => {
  const log = logOfFirstEpoch(() => lane.startEpoch(known(2)))
  const none = () => 0
  const gauges = { streams: none, inFlight: none, queuedBytes: none, identities: none }
  const metrics = ingestMetrics(new Registry(), gauges)
  const context: IngestContext = {
    log,
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    limits: DEFAULT_LIMITS,
    shards: 1,
    budget: new Budget(DEFAULT_LIMITS),
    verifier: createVerifier(1, metrics),
    durable: new DurableLanes({ log, shards: 1, logger: silentLogger, limits: DEFAULT_LIMITS }),
    metrics,
  }
  const ignore = () => undefined
  const owner: LaneOwner = {
    refuse: ignore,
    acknowledge: ignore,
    bad: ignore,
    clone: ignore,
    settled: ignore,
  }
  const lane: Lane = new Lane('telemetry', known(1), owner, context)
  await lane.open()
  const { case: kind, value } = lane.hello()
  assert(kind === 'hello')
  assert.deepEqual([value.epoch, value.lastSequence, value.durable], [2n, 0n, 0n])
  assert.deepEqual(value.lastHash, known(2).anchor('telemetry'))
})
