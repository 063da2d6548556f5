// An archive for tests: a directory, keys that can be shredded, a clock that is set by hand, and records as agents and
// deciders make them.

import { create, toBinary } from '@bufbuild/protobuf'
import { sealFrame, type ChainHead } from '@secumon/contracts/frame'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import { LaneRecordSchema } from '@secumon/contracts/gen/frame'
import { ulid } from '@secumon/contracts/ids'
import type { LaneName } from '@secumon/contracts/lanes'
import { privateKeyFromSeed } from '@secumon/contracts/signing'
import { eventSubject, laneStream, laneSubject } from '@secumon/contracts/subjects'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { openArchiveReader } from './archive-reader.ts'
import { openArchiveWriter } from './archive-writer.ts'
import type {
  ArchivedLeaf,
  ArchivedRecord,
  ArchiveReader,
  ArchiveStore,
  ArchiveWriter,
  RecordFilter,
  StreamMark,
} from './archive.ts'
import { temporaryDirectory, type Scope } from '../testing/servers.ts'
import { directoryStore } from './local-store.ts'
import type { ArchiveLimits } from './open-segments.ts'
import { testingKeys } from './testing-keys.ts'

export const testingArchive = (
  directory: string,
  keys = testingKeys(),
  store: ArchiveStore = directoryStore(directory),
) => {
  const time = { nowMs: Date.UTC(2026, 10, 21, 10) }
  const clock = { nowMs: () => time.nowMs, monotonicMs: () => time.nowMs }
  const logger = pino({ level: 'silent' })
  return {
    directory,
    keys,
    store,
    time,
    writer: (limits: Partial<ArchiveLimits> = {}, committedFlush = 0): Promise<ArchiveWriter> =>
      openArchiveWriter({ directory, store, keys, clock, logger, limits, committedFlush }),
    reader: (): ArchiveReader => openArchiveReader({ directory, store, keys }),
  }
}

export const DAY_MS = 24 * 3_600_000

/** An empty one, with records to write into it; removed when the test ends. */
export const freshArchive = async (scope: Scope) => ({
  ...testingArchive(await temporaryDirectory(scope)),
  source: new RecordSource(),
})

const SIGNER = privateKeyFromSeed(new Uint8Array(32).fill(7))

/** The n-th of some agents. */
export const agentId = (n: number): string => ulid(1_700_000_000_000 + n, new Uint8Array(10))

type Chain = { readonly tenant: string; readonly agent: string; readonly lane: LaneName }

/** Frames of chains, one after the other, at rising positions of the log. */
export class RecordSource {
  readonly #heads = new Map<string, ChainHead>()
  readonly #positions = new Map<string, number>()

  /** The next frame of an agent. */
  frame(n = 1, { tenant = 'main', lane = 'telemetry' }: Partial<Chain> = {}): ArchivedRecord {
    const agent = agentId(n)
    const chain = { tenant, agent, epoch: 1, lane }
    const head = this.head(n, chain)
    const { bytes, signature, sequence, hash } = sealFrame(
      chain,
      head,
      { sentAtMs: 5, observations: [] },
      SIGNER,
    )
    this.#heads.set(`${tenant}/${agent}/${lane}`, { sequence, hash })
    const record = { case: 'frame', value: { frame: bytes, signature } } as const
    const subject = laneSubject({ shard: 0, tenant, agent, lane })
    const payload = toBinary(LaneRecordSchema, create(LaneRecordSchema, { record }))
    const headers = { receivedAtMs: 1_000 + sequence, clockOffsetMs: -3 }
    return { tenant, kind: lane, ...this.#place(laneStream(lane, 0)), subject, payload, ...headers }
  }

  envelope(id: string, version: number, tenant = 'main'): ArchivedRecord {
    const envelope = { commandId: `${id}-${version}`, version: BigInt(version), schema: 1, atMs: 7n }
    const subject = eventSubject({ tenant, aggregate: 'agent', id })
    const payload = toBinary(EnvelopeSchema, create(EnvelopeSchema, envelope))
    return { tenant, kind: 'events', ...this.#place('EVENTS'), subject, payload }
  }

  tick(): ArchivedRecord {
    const record = { case: 'tick', value: { atMs: 9n, fence: 1n } } as const
    const payload = toBinary(LaneRecordSchema, create(LaneRecordSchema, { record }))
    const place = this.#place('TELEMETRY_0')
    return { tenant: 'system', kind: 'telemetry', ...place, subject: 'telemetry.0.system.clock', payload }
  }

  /** The last frame of an agent. */
  head(n: number, { tenant = 'main', lane = 'telemetry' }: Partial<Chain> = {}): ChainHead {
    const head = this.#heads.get(`${tenant}/${agentId(n)}/${lane}`)
    return head ?? { sequence: 0, hash: new Uint8Array(32) }
  }

  /** Of every stream, as far as it has gone. */
  get marks(): StreamMark[] {
    return Array.from(this.#positions, ([stream, position]) => {
      const hash = new Uint8Array(32).fill(position)
      return { stream, position, hash }
    })
  }

  #place(stream: string): { stream: string; position: number } {
    const position = (this.#positions.get(stream) ?? 0) + 1
    this.#positions.set(stream, position)
    return { stream, position }
  }
}

export const EVERYTHING: RecordFilter = { kinds: ['telemetry', 'logs', 'events'] }

export async function readAll(reader: ArchiveReader, filter: RecordFilter): Promise<ArchivedLeaf[]> {
  const records: ArchivedLeaf[] = []
  for await (const flush of reader.flushes(filter)) records.push(...flush.records)
  return records
}

/** A record by what it is, however it came. */
export const plain = ({ tenant, kind, stream, position, subject, payload, ...headers }: ArchivedRecord) => {
  const { receivedAtMs, clockOffsetMs } = headers
  const bytes = Buffer.from(payload).toString('hex')
  return { tenant, kind, stream, position, subject, bytes, receivedAtMs, clockOffsetMs }
}

const inLogOrder = (records: readonly ArchivedRecord[]): ArchivedRecord[] =>
  records.toSorted((a, b) => (a.stream === b.stream ? a.position - b.position : a.stream < b.stream ? -1 : 1))

/** All there is, comparable with `expected`. */
export const read = async (reader: ArchiveReader) => (await readAll(reader, EVERYTHING)).map(plain)

export const expected = (...flushes: readonly (readonly ArchivedRecord[])[]) =>
  flushes.flatMap((records) => inLogOrder(records).map(plain))

/** A tenant's leaf hashes as text, in order. */
export async function leavesOf(reader: ArchiveReader, tenant: string, from = 0): Promise<string[]> {
  const leaves: string[] = []
  for await (const { first, hashes } of reader.leafHashes(tenant, from)) {
    if (first !== from + leaves.length) throw new Error(`leaf ${first} after ${from + leaves.length - 1}`)
    leaves.push(...hashes.map((hash) => Buffer.from(hash).toString('hex')))
  }
  return leaves
}

/** Where the newest writer has its open segments. */
export async function openDirectory(root: string): Promise<string> {
  const names = (await readdir(root)).filter((name) => name.startsWith('.open-'))
  const [name] = names
  if (name === undefined || names.length > 1)
    throw new Error(`open segments in ${names.join(', ') || 'no place'}`)
  return join(root, name)
}
