// When something is decided and by what: a sample, a tick, or a change of the rules.

import { create } from '@bufbuild/protobuf'
import { ChainPlaceSchema, type ChainPlace } from '@secumon/contracts/gen/alert'
import type { JudgedFrame } from './judged-frame.ts'

/** A sample received later than this many of its periods after it was taken is late: it pages nobody. */
export const LATE_SAMPLE_PERIODS = 2

export type Moment = {
  /** Event time. */
  readonly atMs: number
  readonly receivedAtMs: number
  readonly late: boolean
  /** Absent where no sample decides. */
  readonly place: ChainPlace | undefined
  /** Tells decisions about one alert apart. */
  readonly name: string
}

/** A sample's; made for each observation, so it builds its place only where something is decided. */
export class SampleMoment implements Moment {
  readonly atMs: number
  readonly late: boolean
  readonly #frame: JudgedFrame
  readonly #observation: number

  constructor(
    frame: JudgedFrame,
    observation: number,
    { atMs, periodMs }: { atMs: number; periodMs: number },
  ) {
    this.atMs = atMs
    this.late = frame.receivedAtMs - atMs > LATE_SAMPLE_PERIODS * periodMs
    this.#frame = frame
    this.#observation = observation
  }

  get receivedAtMs(): number {
    return this.#frame.receivedAtMs
  }

  get place(): ChainPlace {
    const { agent, epoch, lane, sequence } = this.#frame
    const observation = this.#observation
    return create(ChainPlaceSchema, {
      agent,
      epoch: BigInt(epoch),
      lane,
      sequence: BigInt(sequence),
      observation,
    })
  }

  get name(): string {
    const { epoch, lane, sequence } = this.#frame
    return `${epoch}.${lane}.${sequence}.${this.#observation}`
  }
}

/** Of a tick. */
export const tickMoment = (tickMs: number): Moment => timeAlone('tick', tickMs)

/** From here on other rules are in force. */
export type Activation = {
  /** The log's time. */
  readonly atMs: number
  /** Tells it from others of the same moment. */
  readonly version: number
}

/** Of a new set of rules. */
export const rulesMoment = ({ atMs, version }: Activation): Moment => timeAlone(`rules ${version}`, atMs)

/** Of alerts that are gone on with after a memory was lost. */
export const adoptedMoment = (atMs: number): Moment => timeAlone('adopted', atMs)

const timeAlone = (what: string, atMs: number): Moment => ({
  atMs,
  receivedAtMs: atMs,
  late: false,
  place: undefined,
  name: `${what} ${atMs}`,
})
