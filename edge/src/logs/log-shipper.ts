// From sources to frames in the lane `logs`. A frame and the places its lines end at are stored in one step, so that
// wherever the agent is killed, the next one goes on behind the last line that is in the lane. Without room in the
// spool or on its disk nothing is read: sources wait where they are, and are watched.

import type { LogBlock } from '@secumon/contracts/gen/log'
import { sealedNow, type HostClock } from '../host-clock.ts'
import type { EdgeLogger } from '../log.ts'
import { SpoolFull } from '../spool/spool.ts'
import type { LaneChain } from '../uplink/lane-chain.ts'
import { createWake, sleep, type Wake } from '../uplink/wake.ts'
import { LineBlock } from './line-block.ts'
import type { LogSource } from './log-source.ts'
import type { LogsConfig } from './logs-config.ts'
import { createLossLedger, type LossLedger } from './loss-ledger.ts'
import { decodeNote, encodeNote, type LogsNote } from './note.ts'
import { openSources } from './open-sources.ts'
import { createSieve, type LogCounts, type Sieve } from './sieve.ts'

export type ShipperOptions = {
  readonly config: LogsConfig
  readonly chain: LaneChain
  readonly clock: HostClock
  readonly logger: EdgeLogger
  readonly counts?: LogCounts
}

/** A block is closed at this size, before compression, or at this age. */
const BLOCK_BYTES = 128 * 1024
const BLOCK_MS = 1_000
/** Less room in the spool than this and two notes (a new segment repeats one), and nothing is read. */
const ROOM_BYTES = 1024 ** 2
const ROOM_CHECK_MS = 500
const IDLE_MS = 500

/** Ships until the signal aborts; what was read by then is sealed. */
export async function shipLogs(options: ShipperOptions, signal: AbortSignal): Promise<void> {
  const note = decodeNote(options.chain.spool.note)
  const losses = createLossLedger(note.unsaid)
  const wake = createWake()
  const sources = await openSources({ ...options, note, losses, wake })
  const shipper = new Shipper(options, { sources, losses, note })
  try {
    shipper.rememberNew(note.positions)
    await shipper.run(signal, wake)
  } finally {
    for (const source of sources) await source.close()
  }
}

type Parts = {
  readonly sources: readonly LogSource[]
  readonly losses: LossLedger
  /** Of the run before. */
  readonly note: LogsNote
}

class Shipper {
  readonly #options: ShipperOptions
  readonly #sources: readonly LogSource[]
  readonly #sieves: ReadonlyMap<LogSource, Sieve>
  readonly #losses: LossLedger
  #block = new LineBlock()
  #begunMs = 0
  /** All that was read, and nowhere kept yet. Nothing is read until it is. */
  #sealed: LogBlock | undefined
  #isWaiting = false

  constructor(options: ShipperOptions, { sources, losses, note: { savedAtMs } }: Parts) {
    const { config, clock, counts = { lines: 0, dropped: 0 } } = options
    this.#options = options
    this.#sources = sources
    this.#losses = losses
    const awayMs = savedAtMs === undefined ? 0 : Math.max(0, clock.nowMs() - savedAtMs)
    const sieve = (source: string) => createSieve({ source, config, clock, losses, awayMs, counts })
    this.#sieves = new Map(sources.map((source) => [source, sieve(source.name)]))
  }

  /** A source that is new stands where it begins, also if this ends before its first line. */
  rememberNew(known: ReadonlyMap<string, unknown>): void {
    if (this.#sources.every(({ name }) => known.has(name))) return
    try {
      this.#options.chain.spool.remember(this.#note())
    } catch (error) {
      if (!(error instanceof SpoolFull)) throw error
      this.#say(error.message)
    }
  }

  async run(signal: AbortSignal, wake: Wake): Promise<void> {
    while (!signal.aborted) {
      if (!this.#hasRoom() || !this.#keep()) {
        await this.#wait(signal)
        continue
      }
      this.#isWaiting = false
      const isIdle = await this.#round(signal)
      if (this.#isDue()) await this.#seal()
      if (isIdle) await idle(wake, signal)
    }
    await this.#seal(true)
  }

  #hasRoom(): boolean {
    const { roomBytes, note } = this.#options.chain.spool
    if (roomBytes >= ROOM_BYTES + 2 * (note?.length ?? 0)) return true
    this.#say('the spool of logs is full')
    return false
  }

  async #wait(signal: AbortSignal): Promise<void> {
    await sleep(ROOM_CHECK_MS, signal)
    for (const [source, sieve] of this.#sieves) {
      sieve.credit(ROOM_CHECK_MS)
      await source.look()
    }
  }

  // Once each time: it may be for days.
  #say(reason: string): void {
    if (!this.#isWaiting) this.#options.logger.warn('lines wait in their sources', { reason })
    this.#isWaiting = true
  }

  // One reading of each source in turn. True when none had any.
  async #round(signal: AbortSignal): Promise<boolean> {
    let isIdle = true
    for (const [source, sieve] of this.#sieves) {
      const lines = signal.aborted ? undefined : await source.read()
      if (!lines) continue
      isIdle = false
      if (this.#block.isEmpty) this.#begunMs = this.#options.clock.monotonicMs()
      sieve.pass(lines, this.#block)
      if (this.#block.bytes >= BLOCK_BYTES && !(await this.#seal())) return false
    }
    return isIdle
  }

  #isDue(): boolean {
    this.#addLosses(false)
    return !this.#block.isEmpty && this.#options.clock.monotonicMs() - this.#begunMs >= BLOCK_MS
  }

  #addLosses(all: boolean): void {
    for (const loss of this.#losses.take(this.#options.clock.monotonicMs(), all)) this.#block.addLoss(loss)
  }

  // All that was read is in the block, so the sources' places are its end.
  async #seal(isLast = false): Promise<boolean> {
    this.#addLosses(isLast)
    if (!this.#keep()) return false
    if (this.#block.isEmpty) return true
    const block = this.#block
    this.#block = new LineBlock()
    this.#sealed = await block.compressed()
    return this.#keep()
  }

  // Whether all that was sealed is kept. What there is no room for waits, and is read again if this ends before.
  #keep(): boolean {
    if (!this.#sealed) return true
    const { chain, clock } = this.#options
    const made = { sentAtMs: Math.round(clock.nowMs()), sealedAt: sealedNow(clock) }
    try {
      chain.append({ logBlocks: [this.#sealed] }, made, this.#note())
      this.#sealed = undefined
      return true
    } catch (error) {
      if (!(error instanceof SpoolFull)) throw error
      this.#say(error.message)
      return false
    }
  }

  #note(): Uint8Array {
    return encodeNote({
      savedAtMs: Math.round(this.#options.clock.nowMs()),
      positions: new Map(this.#sources.map((source) => [source.name, source.position()])),
      unsaid: this.#losses.unsaid(),
    })
  }
}

function idle(wake: Wake, signal: AbortSignal): Promise<void> {
  return Promise.race([sleep(IDLE_MS, signal), wake.wait()])
}
