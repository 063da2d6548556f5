// What the archive holds, read on as it grows: every frame in its chain's order, every gap, and from them the rows that
// the tables must have.

import { fromBinary } from '@bufbuild/protobuf'
import { systemClock } from '@secumon/app/clock'
import { readFrameHeader, readGap, type ChainIdentity, type GapHeader } from '@secumon/contracts/frame'
import { AgentFrameSchema, GapReason, LaneRecordSchema } from '@secumon/contracts/gen/frame'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import type { ArchivedLeaf, ArchiveReader } from '@secumon/infra/archive/archive'
import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import { checkArchive, type CheckSummary } from '@secumon/infra/archive/check'
import { describeFinding } from '@secumon/infra/archive/check-findings'
import { directoryStore } from '@secumon/infra/archive/local-store'
import { openDatabase, type Database } from '@secumon/infra/database/database'
import { dataKeys } from '@secumon/infra/vault/data-keys'
import { masterKeys } from '@secumon/infra/vault/master-keys'
import { observedAtMs } from '@secumon/projections/observed-at'
import pino from 'pino'
import type { Platform } from '../platform.ts'
import type { LeftBehind } from './kept-places.ts'

/** A frame as the archive has it. */
export type ArchivedFrame = {
  readonly agent: string
  readonly epoch: number
  readonly sequence: number
  /** By the agent's clock, and what its row must say. */
  readonly atMs: number
  readonly rowAtMs: number
}

type Range = { readonly first: number; readonly last: number }

export class ArchiveEvidence {
  readonly #places: Places
  readonly #reader: ArchiveReader
  readonly #database: Database
  readonly #heads = new Map<string, number>()
  readonly #gaps = new Map<string, Range[]>()
  readonly #leftBehind = new Map<string, LeftBehind>()
  readonly #faults: string[] = []
  #flush = 0

  constructor(platform: Platform) {
    const directory = `${platform.directory}/data/archive`
    const masterKey = Buffer.from(platform.environment['SECUMON_MASTER_KEY'] ?? '', 'base64')
    this.#database = openDatabase({
      url: platform.postgres.url,
      poolSize: 1,
      applicationName: 'chaos',
      logger: pino({ enabled: false }),
    })
    const keys = dataKeys({ db: this.#database, masterKeys: masterKeys(masterKey), clock: systemClock })
    this.#places = { directory, store: directoryStore(directory), keys }
    this.#reader = openArchiveReader(this.#places)
  }

  /** What is wrong with the chains themselves, so far: records twice, or missing in between. */
  get faults(): readonly string[] {
    return this.#faults
  }

  /** Frames that gaps stand for. */
  get gapped(): number {
    return [...this.#gaps.values()].flat().reduce((sum, { first, last }) => sum + last - first + 1, 0)
  }

  /** @param agent ULID */
  isGapped(agent: string, epoch: number, sequence: number): boolean {
    const gaps = this.#gaps.get(`${agent}/${epoch}`) ?? []
    return gaps.some(({ first, last }) => sequence >= first && sequence <= last)
  }

  /** What agents have left behind with an epoch, by what their next ones say, in the order in which they said it. */
  get leftBehind(): readonly LeftBehind[] {
    return [...this.#leftBehind.values()]
  }

  /** Frames archived since the last call. @throws ArchiveDamaged */
  async readOn(): Promise<ArchivedFrame[]> {
    const frames: ArchivedFrame[] = []
    for await (const { flush, records } of this.#reader.flushes({
      kinds: ['telemetry'],
      afterFlush: this.#flush,
    })) {
      for (const leaf of records) if (leaf.tenant !== SYSTEM_TENANT) frames.push(...this.#take(leaf))
      this.#flush = flush
    }
    return frames
  }

  /** Everything once more from the files: bytes, leaves, chains, signatures. @returns what is wrong */
  async check(): Promise<{ readonly summary: CheckSummary; readonly findings: readonly string[] }> {
    const findings: string[] = []
    const summary = await checkArchive({
      ...this.#places,
      onFinding: (finding) => findings.push(describeFinding(finding)),
    })
    return { summary, findings }
  }

  async close(): Promise<void> {
    await this.#database.destroy()
  }

  #take(leaf: ArchivedLeaf): ArchivedFrame[] {
    const { record } = fromBinary(LaneRecordSchema, leaf.payload)
    if (record.case === 'gap') {
      this.#takeGap(readGap(record.value.gap))
    }
    if (record.case !== 'frame') return []
    const header = readFrameHeader(record.value.frame)
    this.#follow(header, { first: header.sequence, last: header.sequence })
    return framesOf(leaf, header, record.value.frame)
  }

  #takeGap(gap: GapHeader): void {
    const { agent, epoch, first, last, reason } = gap
    const chain = chainKey(gap)
    // What is said again was counted before.
    const frames = Math.max(0, last - Math.max(first - 1, this.#heads.get(chain) ?? 0))
    this.#follow(gap, gap)
    this.#gaps.set(chain, [...(this.#gaps.get(chain) ?? []), { first, last }])
    if (reason !== GapReason.LEFT_BEHIND) return
    const before = this.#leftBehind.get(chain)?.frames ?? 0
    this.#leftBehind.set(chain, { agent, epoch, frames: before + frames })
  }

  #follow(chain: ChainIdentity, { first, last }: Range): void {
    const key = chainKey(chain)
    const head = this.#heads.get(key) ?? 0
    // A gap may say again what is there already, when the log had forgotten more than the archive.
    if (first <= head && (first === last || last <= head))
      this.#faults.push(`${key}: ${first} comes again after ${head}`)
    if (first > head + 1) this.#faults.push(`${key}: ${head + 1} – ${first - 1} are missing`)
    this.#heads.set(key, Math.max(head, last))
  }
}

type Places = Parameters<typeof openArchiveReader>[0]

const chainKey = ({ agent, epoch }: Pick<ChainIdentity, 'agent' | 'epoch'>): string => `${agent}/${epoch}`

function framesOf(leaf: ArchivedLeaf, header: ChainIdentity & { sequence: number }, bytes: Uint8Array) {
  const reading = { receivedAtMs: leaf.receivedAtMs ?? 0, clockOffsetMs: leaf.clockOffsetMs ?? 0 }
  return fromBinary(AgentFrameSchema, bytes).observations.map((observation) => ({
    agent: header.agent,
    epoch: header.epoch,
    sequence: header.sequence,
    atMs: Number(observation.atMs),
    rowAtMs: observedAtMs(observation, reading),
  }))
}
