// From sources to frames in the lane `logs`. A frame and the places its lines end at are stored in one step, so that
// wherever the agent is killed, the next one goes on behind the last line that is in the lane. Without room in the
// spool nothing is read: sources wait where they can.

import { sealedNow, type HostClock } from '../host-clock.ts'
import type { EdgeLogger } from '../log.ts'
import { SpoolFull } from '../spool/spool.ts'
import type { LaneChain } from '../uplink/lane-chain.ts'
import { createWake, sleep, type Wake } from '../uplink/wake.ts'
import { LineBlock } from './line-block.ts'
import type { LogSource } from './log-source.ts'
import type { LogsConfig } from './logs-config.ts'
import { createLossLedger } from './loss-ledger.ts'
import { decodeNote, encodeNote } from './note.ts'
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
  const wake = createWake()
  const sources = await openSources({ ...options, positions: note.positions, wake })
  const shipper = new Shipper(options, sources, note.savedAtMs)
  try {
    shipper.rememberNew(note.positions)
    await shipper.run(signal, wake)
  } finally {
    for (const source of sources) await source.close()
  }
}

class Shipper {
  readonly #options: ShipperOptions
  readonly #sources: readonly LogSource[]
  readonly #sieves: ReadonlyMap<LogSource, Sieve>
  readonly #losses = createLossLedger()
  #block = new LineBlock()
  #begunMs = 0

  constructor(options: ShipperOptions, sources: readonly LogSource[], savedAtMs: number | undefined) {
    const { config, clock, counts = { lines: 0, dropped: 0 } } = options
    this.#options = options
    this.#sources = sources
    const awayMs = savedAtMs === undefined ? 0 : Math.max(0, clock.nowMs() - savedAtMs)
    const sieve = (source: LogSource) =>
      createSieve({ source, config, clock, losses: this.#losses, awayMs, counts })
    this.#sieves = new Map(sources.map((source) => [source, sieve(source)]))
  }

  /** A source that is new stands where it begins, also if this ends before its first line. */
  rememberNew(known: ReadonlyMap<string, unknown>): void {
    if (this.#sources.some(({ name }) => !known.has(name))) this.#options.chain.spool.remember(this.#note())
  }

  async run(signal: AbortSignal, wake: Wake): Promise<void> {
    while (!signal.aborted) {
      if (!(await this.#hasRoom(signal))) continue
      const isIdle = await this.#round(signal)
      if (this.#isDue()) await this.#seal(signal)
      if (isIdle) await idle(wake, signal)
    }
    await this.#seal(signal, true)
  }

  async #hasRoom(signal: AbortSignal): Promise<boolean> {
    const { roomBytes, note } = this.#options.chain.spool
    if (roomBytes >= ROOM_BYTES + 2 * (note?.length ?? 0)) return true
    await sleep(ROOM_CHECK_MS, signal)
    for (const sieve of this.#sieves.values()) sieve.credit(ROOM_CHECK_MS)
    return false
  }

  // One reading of each source in turn. True when none had any.
  async #round(signal: AbortSignal): Promise<boolean> {
    let isIdle = true
    for (const [source, sieve] of this.#sieves) {
      const reading = signal.aborted ? undefined : await source.read()
      if (!reading) continue
      isIdle = false
      if (this.#block.isEmpty) this.#begunMs = this.#options.clock.monotonicMs()
      sieve.pass(reading, this.#block)
      if (this.#block.bytes >= BLOCK_BYTES) await this.#seal(signal)
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

  // All that was read is in the block, so the sources' places are its end. What there is no room for waits.
  async #seal(signal: AbortSignal, isLast = false): Promise<void> {
    const { chain, clock, logger } = this.#options
    this.#addLosses(isLast)
    if (this.#block.isEmpty) return
    const logBlocks = [await this.#block.compressed()]
    const made = { sentAtMs: Math.round(clock.nowMs()), sealedAt: sealedNow(clock) }
    for (;;) {
      try {
        chain.append({ logBlocks }, made, this.#note())
        this.#block = new LineBlock()
        return
      } catch (error) {
        if (!(error instanceof SpoolFull)) throw error
        logger.error('lines cannot be kept', { reason: error.message })
        if (signal.aborted) return
        await sleep(ROOM_CHECK_MS, signal)
      }
    }
  }

  #note(): Uint8Array {
    const positions = new Map(this.#sources.map((source) => [source.name, source.position()]))
    return encodeNote({ savedAtMs: Math.round(this.#options.clock.nowMs()), positions })
  }
}

function idle(wake: Wake, signal: AbortSignal): Promise<void> {
  return Promise.race([sleep(IDLE_MS, signal), wake.wait()])
}
