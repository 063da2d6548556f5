// From an observation to a frame in the spool. Before there is a chain the newest observations wait in memory. What
// cannot be kept is counted, and the next frame that can be kept says so.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { CollectorFaultSchema, ObservationSchema, type Observation } from '@secumon/contracts/gen/observation'
import type { HostClock } from './host-clock.ts'
import { sealedNow } from './host-clock.ts'
import type { EdgeLogger } from './log.ts'
import { SpoolFull } from './spool/spool.ts'
import { FrameTooLarge, type LaneChain, type MadeAt } from './uplink/lane-chain.ts'

export type Recorder = {
  /** Observations that could not be kept since the start. */
  readonly lost: number
  record(observation: Observation): void
  /** From now on observations go to this chain; those that waited go first. */
  begin(chain: LaneChain): void
}

/** What may wait for the first enrolment: an hour at 10 s, in 1 MiB. */
const MAX_WAITING = 360
const MAX_WAITING_BYTES = 1024 ** 2

type Waiting = { readonly bytes: Uint8Array; readonly made: MadeAt }

export function createRecorder(clock: HostClock, logger: EdgeLogger): Recorder {
  let chain: LaneChain | undefined
  let lost = 0
  let untold = 0
  let waiting: Waiting[] = []
  let waitingBytes = 0

  const lose = (count: number): void => {
    lost += count
    untold += count
  }
  const wait = (observation: Observation, made: MadeAt): void => {
    const bytes = toBinary(ObservationSchema, observation)
    waiting.push({ bytes, made })
    waitingBytes += bytes.length
    while (waiting.length > MAX_WAITING || waitingBytes > MAX_WAITING_BYTES) {
      waitingBytes -= waiting.shift()?.bytes.length ?? 0
      lose(1)
    }
  }
  const keep = (to: LaneChain, observation: Observation, made: MadeAt): void => {
    const told = untold
    if (told > 0) observation.collectorFaults.push(loss(told))
    try {
      to.append({ observations: [observation] }, made)
      untold -= told
    } catch (error) {
      if (!(error instanceof SpoolFull || error instanceof FrameTooLarge)) throw error
      lose(1)
      logger.error('an observation could not be kept', { reason: error.message, lost })
    }
  }
  return {
    get lost() {
      return lost
    },
    record(observation) {
      const made = { sentAtMs: Math.round(clock.nowMs()), sealedAt: sealedNow(clock) }
      if (chain) keep(chain, observation, made)
      else wait(observation, made)
    },
    begin(begun) {
      chain = begun
      for (const { bytes, made } of waiting) keep(begun, fromBinary(ObservationSchema, bytes), made)
      waiting = []
    },
  }
}

const loss = (count: number) =>
  create(CollectorFaultSchema, { collector: 'spool', message: `${count} observations could not be kept` })
