// Folds segments into the heads of the whole archive: of each chain, aggregate and stream what the newest flush said.

import type { AggregateHeadEntry, ArchiveHeads, ChainHeadEntry, StreamMark } from './archive.ts'
import type { SegmentContents } from './segment-index.ts'

type Newest<Entry> = { readonly flush: number; readonly entry: Entry }

export class HeadsFold {
  readonly #after: number
  readonly #chains = new Map<string, Newest<ChainHeadEntry>>()
  readonly #aggregates = new Map<string, Newest<AggregateHeadEntry>>()
  readonly #marks = new Map<string, Newest<StreamMark>>()

  /** Takes only what later flushes have moved. */
  constructor(after = 0) {
    this.#after = after
  }

  add(tenant: string, { blocks, chains, aggregates, marks }: SegmentContents): void {
    const flushOf = (indexes: readonly number[]): number => blocks[indexes.at(-1) ?? -1]?.flush ?? 0
    for (const { agent, epoch, lane, last, lastHash, blocks: indexes } of chains)
      this.#take(this.#chains, `${agent}/${epoch}/${lane}`, flushOf(indexes), () => ({
        tenant,
        agent,
        epoch,
        lane,
        sequence: last,
        hash: lastHash,
      }))
    for (const { aggregate, id, lastVersion, lastCommandId, blocks: indexes } of aggregates)
      this.#take(this.#aggregates, `${tenant}/${aggregate}/${id}`, flushOf(indexes), () => ({
        tenant,
        aggregate,
        id,
        version: lastVersion,
        commandId: lastCommandId,
      }))
    for (const { stream, position, hash, flush } of marks)
      this.#take(this.#marks, stream, flush, () => ({ stream, position, hash }))
  }

  heads(flush: number): ArchiveHeads {
    return {
      flush,
      chains: entries(this.#chains),
      aggregates: entries(this.#aggregates),
      marks: entries(this.#marks),
    }
  }

  #take<Entry>(map: Map<string, Newest<Entry>>, key: string, flush: number, entry: () => Entry): void {
    if (flush <= this.#after || flush < (map.get(key)?.flush ?? 0)) return
    map.set(key, { flush, entry: entry() })
  }
}

const entries = <Entry>(map: ReadonlyMap<string, Newest<Entry>>): Entry[] =>
  Array.from(map.values(), ({ entry }) => entry)
