// An uplink with a spool, a test gateway and short waits.

import { join } from 'node:path'
import { rmSync } from 'node:fs'
import { sealedNow } from '../host-clock.ts'
import { createLogger, type LogFields } from '../log.ts'
import { openSpool } from '../spool/file-spool.ts'
import type { SpoolLimits, SpoolRecord } from '../spool/spool.ts'
import { LaneChain } from '../uplink/lane-chain.ts'
import { createUplink, type Uplink, type UplinkEnd, type UplinkOptions } from '../uplink/uplink.ts'
import { observation, TEST_CHAIN, TEST_KEY, testClock, testDirectory, type TestClock } from './chain.ts'
import { FIRST_EPOCH, TestGateway } from './test-gateway.ts'
import { until } from './until.ts'

export type Rig = {
  readonly gateway: TestGateway
  readonly clock: TestClock
  readonly directory: string
  readonly quarantined: SpoolRecord[]
  readonly entries: { message: string; fields: LogFields }[]
  lane: LaneChain
  uplink: Uplink
  append(count: number, bytes?: number): void
  start(options?: Partial<UplinkOptions>): void
  /** Ends the uplink and says how it ended. */
  stop(): Promise<UplinkEnd | undefined>
  ended: Promise<UplinkEnd> | undefined
}

type Scope = { after(cleanUp: () => Promise<void> | void): void }

export const SHORT_TIMINGS = {
  backoffBaseMs: 20,
  backoffMaxMs: 50,
  handshakeTimeoutMs: 3_000,
  stallTimeoutMs: 3_000,
  drainTimeoutMs: 200,
}

export async function testRig(scope: Scope, limits: Partial<SpoolLimits> = {}): Promise<Rig> {
  const gateway = new TestGateway()
  await gateway.listen()
  const clock = testClock()
  const directory = testDirectory(scope, async () => {
    await rig.stop()
    await gateway.close()
    await lane.close()
  })
  const quarantined: SpoolRecord[] = []
  const entries: Rig['entries'] = []
  const note = (line: string): void => {
    const { msg, ...fields }: { msg: string } = JSON.parse(line)
    entries.push({ message: msg, fields })
  }
  const logger = createLogger('debug', note)
  const pathOf = (epoch: number): string => join(directory, `epoch-${epoch}`)
  const lane = new LaneChain({
    chain: { identity: TEST_CHAIN, epochStarted: FIRST_EPOCH, key: TEST_KEY },
    openSpool: ({ epoch }, anchor) => openSpool({ directory: pathOf(epoch), anchor, clock, limits }),
    commit: () => undefined,
    discard: ({ epoch }) => rmSync(pathOf(epoch), { recursive: true }),
    quarantine: (_, record) => quarantined.push(record),
  })
  let abort = new AbortController()
  const base: UplinkOptions = {
    ingestUrl: gateway.url,
    agent: TEST_CHAIN.agent,
    agentVersion: 'test',
    key: TEST_KEY,
    lanes: [lane],
    clock,
    logger,
    timings: SHORT_TIMINGS,
    environment: {},
    quarantine: (_, record) => quarantined.push(record),
  }
  const rig: Rig = {
    gateway,
    clock,
    directory,
    quarantined,
    entries,
    lane,
    uplink: createUplink(base),
    ended: undefined,
    append(count, bytes = 0) {
      for (let i = 0; i < count; i++)
        lane.append(
          { observations: [observation(clock.nowMs(), bytes)] },
          {
            sentAtMs: clock.nowMs(),
            sealedAt: sealedNow(clock),
          },
        )
    },
    start(options = {}) {
      abort = new AbortController()
      rig.uplink = createUplink({ ...base, ...options })
      rig.ended = rig.uplink.run(abort.signal)
    },
    async stop() {
      abort.abort()
      return rig.ended
    },
  }
  return rig
}

/** Shows what the log has: `1 2 [3-5] 6`. */
export const sequences = ({ gateway }: Rig): string =>
  gateway.log.map(({ first, last, kind }) => (kind === 'gap' ? `[${first}-${last}]` : `${first}`)).join(' ')

/** Resolves when the gateway's log ends with this sequence. */
export const arrived = (rig: Rig, sequence: number): Promise<void> =>
  until(() => rig.gateway.head.sequence === sequence, `frame ${sequence} in the log, has ${sequences(rig)}`)

/** Resolves when the agent knows that this sequence is accepted. */
export const settled = (rig: Rig, sequence: number): Promise<void> =>
  until(() => rig.lane.accepted === sequence, `frame ${sequence} known to be accepted`)
