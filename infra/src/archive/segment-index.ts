// What a segment's index says of it, and the fold of its blocks that gives it.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { SegmentIndexSchema, type SegmentIndex } from '@secumon/contracts/gen/archive'
import { laneName, laneNumber, type LaneName } from '@secumon/contracts/lanes'
import type { StreamMark } from './archive.ts'
import { plainBytes } from './file-window.ts'

export type StreamRange = { readonly stream: string; readonly first: number; readonly last: number }

export type BlockPlace = {
  readonly offset: number
  readonly bytes: number
  readonly flush: number
  readonly firstLeaf: number
  readonly count: number
  /** Milliseconds; where its records have no time of their own, when it was written. */
  readonly firstAtMs: number
  readonly lastAtMs: number
  readonly streams: readonly StreamRange[]
}

export type ChainSpan = {
  readonly agent: string
  readonly epoch: number
  readonly lane: LaneName
  first: number
  last: number
  lastHash: Uint8Array
  /** Indexes of its blocks, rising; of a stub only the last. */
  readonly blocks: number[]
}

export type AggregateSpan = {
  readonly aggregate: string
  readonly id: string
  readonly firstVersion: number
  lastVersion: number
  lastCommandId: string
  readonly blocks: number[]
}

/** A mark with the flush it came with: positions of a restored log may fall back, flushes never do. */
export type FlushMark = StreamMark & { readonly flush: number }

export type SegmentContents = {
  readonly blocks: readonly BlockPlace[]
  readonly chains: readonly ChainSpan[]
  readonly aggregates: readonly AggregateSpan[]
  readonly marks: readonly FlushMark[]
}

/** The serialized index. @param contentHash SHA-256 of the file before its footer */
export const encodeIndex = (contents: SegmentContents, contentHash: Uint8Array): Uint8Array =>
  toBinary(
    SegmentIndexSchema,
    create(SegmentIndexSchema, {
      contentHash,
      blocks: contents.blocks.map((block) => ({
        ...block,
        offset: BigInt(block.offset),
        flush: BigInt(block.flush),
        firstLeaf: BigInt(block.firstLeaf),
        firstAtMs: BigInt(block.firstAtMs),
        lastAtMs: BigInt(block.lastAtMs),
        streams: block.streams.map(({ stream, first, last }) => ({
          stream,
          first: BigInt(first),
          last: BigInt(last),
        })),
      })),
      chains: contents.chains.map((chain) => ({
        ...chain,
        epoch: BigInt(chain.epoch),
        lane: laneNumber(chain.lane),
        first: BigInt(chain.first),
        last: BigInt(chain.last),
      })),
      aggregates: contents.aggregates.map((each) => ({
        ...each,
        firstVersion: BigInt(each.firstVersion),
        lastVersion: BigInt(each.lastVersion),
      })),
      marks: contents.marks.map((mark) => ({
        ...mark,
        position: BigInt(mark.position),
        flush: BigInt(mark.flush),
      })),
    }),
  )

/** @throws Error when the bytes are not an index */
export function decodeIndex(bytes: Uint8Array): SegmentContents & { readonly contentHash: Uint8Array } {
  const index = fromBinary(SegmentIndexSchema, plainBytes(bytes))
  return {
    contentHash: index.contentHash,
    blocks: index.blocks.map(blockPlace),
    chains: index.chains.map(chainSpan),
    aggregates: index.aggregates.map(({ aggregate, id, lastCommandId, blocks, ...versions }) => ({
      aggregate,
      id,
      lastCommandId,
      blocks,
      firstVersion: Number(versions.firstVersion),
      lastVersion: Number(versions.lastVersion),
    })),
    marks: index.marks.map(({ stream, hash, position, flush }) => ({
      stream,
      hash,
      position: Number(position),
      flush: Number(flush),
    })),
  }
}

const blockPlace = (block: SegmentIndex['blocks'][number]): BlockPlace => ({
  offset: Number(block.offset),
  bytes: block.bytes,
  flush: Number(block.flush),
  firstLeaf: Number(block.firstLeaf),
  count: block.count,
  firstAtMs: Number(block.firstAtMs),
  lastAtMs: Number(block.lastAtMs),
  streams: block.streams.map(({ stream, first, last }) => ({
    stream,
    first: Number(first),
    last: Number(last),
  })),
})

function chainSpan(chain: SegmentIndex['chains'][number]): ChainSpan {
  const lane = laneName(chain.lane)
  if (!lane) throw new Error(`an index with the unknown lane ${chain.lane}`)
  const { agent, lastHash, blocks } = chain
  const epoch = Number(chain.epoch)
  return { agent, epoch, lane, first: Number(chain.first), last: Number(chain.last), lastHash, blocks }
}
