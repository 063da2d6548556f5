// Folds the blocks of a segment, in their order, into what its index says.

import type { RecordParts } from '@secumon/contracts/archive-leaf'
import { leavesOf, type BlockHead } from './block.ts'
import { placeOf, type AggregatePlace, type ChainPlace } from './record-place.ts'
import type {
  AggregateSpan,
  BlockPlace,
  ChainSpan,
  FlushMark,
  SegmentContents,
  StreamRange,
} from './segment-index.ts'

export type FoldedRecord = RecordParts & { readonly stream: string; readonly position: number }

export type FoldedBlock = {
  readonly offset: number
  readonly sizeBytes: number
  readonly head: BlockHead
  /** Undefined when their key was shredded: the index then knows only of leaves. */
  readonly records: readonly FoldedRecord[] | undefined
}

export class SegmentFold {
  readonly blocks: BlockPlace[] = []
  readonly #chains = new Map<string, ChainSpan>()
  readonly #aggregates = new Map<string, AggregateSpan>()
  readonly #marks = new Map<string, FlushMark>()

  get contents(): SegmentContents {
    return {
      blocks: this.blocks,
      chains: [...this.#chains.values()],
      aggregates: [...this.#aggregates.values()],
      marks: [...this.#marks.values()],
    }
  }

  add({ offset, sizeBytes, head, records = [] }: FoldedBlock): void {
    const { flush, firstLeaf } = head
    const index = this.blocks.length
    const times = new TimeRange()
    const streams = new Map<string, { stream: string; first: number; last: number }>()
    const ends = new Map<string, ChainPlace>()
    for (const record of records) {
      const place = placeOf(record.subject, record.payload)
      times.add(record.receivedAtMs ?? (place?.type === 'aggregate' ? place.atMs : undefined))
      widen(streams, record)
      if (place?.type === 'chain') ends.set(this.#extendChain(place, index), place)
      else if (place) this.#extendAggregate(place, index)
    }
    this.#setHashes(ends)
    for (const mark of head.marks) this.#marks.set(mark.stream, { ...mark, flush })
    const place = { offset, bytes: sizeBytes, flush, firstLeaf, count: leavesOf(head) }
    this.blocks.push({ ...place, ...times.range(head.writtenAtMs), streams: [...streams.values()] })
  }

  #extendChain(place: ChainPlace, block: number): string {
    const { agent, epoch, lane, first, last } = place
    const key = `${agent}/${epoch}/${lane}`
    const span = this.#chains.get(key)
    if (!span)
      this.#chains.set(key, { agent, epoch, lane, first, last, lastHash: new Uint8Array(), blocks: [block] })
    else {
      span.last = last
      addBlock(span.blocks, block)
    }
    return key
  }

  // A hash only for the last record of each chain in the block: the others' are never asked for.
  #setHashes(ends: ReadonlyMap<string, ChainPlace>): void {
    for (const [key, place] of ends) {
      const span = this.#chains.get(key)
      if (span) span.lastHash = place.hash()
    }
  }

  #extendAggregate({ aggregate, id, version, commandId }: AggregatePlace, block: number): void {
    const key = `${aggregate}/${id}`
    const span = this.#aggregates.get(key)
    const last = { lastVersion: version, lastCommandId: commandId }
    if (!span) this.#aggregates.set(key, { aggregate, id, firstVersion: version, ...last, blocks: [block] })
    else {
      Object.assign(span, last)
      addBlock(span.blocks, block)
    }
  }
}

function addBlock(blocks: number[], block: number): void {
  if (blocks.at(-1) !== block) blocks.push(block)
}

type OpenRange = { -readonly [Key in keyof StreamRange]: StreamRange[Key] }

function widen(streams: Map<string, OpenRange>, { stream, position }: FoldedRecord): void {
  const range = streams.get(stream)
  if (!range) streams.set(stream, { stream, first: position, last: position })
  else {
    range.first = Math.min(range.first, position)
    range.last = Math.max(range.last, position)
  }
}

class TimeRange {
  #first: number | undefined
  #last: number | undefined

  add(atMs: number | undefined): void {
    if (atMs === undefined) return
    this.#first = Math.min(this.#first ?? atMs, atMs)
    this.#last = Math.max(this.#last ?? atMs, atMs)
  }

  range(otherwise: number): { firstAtMs: number; lastAtMs: number } {
    return { firstAtMs: this.#first ?? otherwise, lastAtMs: this.#last ?? otherwise }
  }
}
