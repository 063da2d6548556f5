// Checks one segment file by itself: every byte is under a checksum, every block under its seal, every record under its
// leaf hash, and index and name say what the blocks say.

import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { ArchiveDamaged, type ArchiveKeys, type SegmentInfo, type SegmentKind } from './archive.ts'
import { leavesOf, type Block } from './block.ts'
import { checkRecords, type CheckedRecord } from './check-block.ts'
import type { Finding, Spot } from './check-findings.ts'
import { indexDifferences, nameDifference, type BlockSpot } from './check-index.ts'
import { nextBlock, wholeBlock } from './check-resync.ts'
import { FileWindow, type ReadRange } from './file-window.ts'
import { readContents, type SealedContents } from './segment-contents.ts'
import { decodeStart, MAX_START_BYTES } from './segment-file.ts'
import { SegmentFold } from './segment-fold.ts'
import type { SegmentRange } from './segment-name.ts'

export type CheckSource = {
  readonly name: string
  readonly tenant: string
  readonly kind: SegmentKind
  readonly day: string
  readonly state: SegmentInfo['state']
  readonly firstLeaf: number
  readonly sizeBytes: number
  readonly read: ReadRange
  /** What the name of a sealed one says. */
  readonly named?: SegmentRange
}

export type SegmentCheck = {
  readonly keys: Pick<ArchiveKeys, 'find'>
  readonly report: (finding: Finding) => void
  /** Of an open segment: what came later is not looked at. */
  readonly untilFlush: number
}

export type CheckedBlock = {
  readonly offset: number
  readonly block: Block
  /** Undefined when they have expired, were shredded, or cannot be opened. */
  readonly records: readonly CheckedRecord[] | undefined
}

const WINDOW_BYTES = 4 * 1024 ** 2

export class SegmentWalk {
  readonly #source: CheckSource
  readonly #check: SegmentCheck
  readonly #window: FileWindow
  readonly #hash = createHash('sha256')
  readonly #fold = new SegmentFold()
  readonly #spots: BlockSpot[] = []
  /** False once bytes had to be skipped. */
  #whole = true
  /** False once records were not to be had. */
  folded = true
  /** The index, when there is one that can be read. Known once the walk has begun. */
  contents: SealedContents | undefined
  /** Bytes at the end of an open segment that are no block: a write that was cut short, or is under way. */
  unfinishedBytes = 0

  constructor(source: CheckSource, check: SegmentCheck) {
    this.#source = source
    this.#check = check
    this.#window = new FileWindow(source.read, Math.min(WINDOW_BYTES, source.sizeBytes))
  }

  /** Every block that is whole, in the order of the file. */
  async *blocks(): AsyncGenerator<CheckedBlock, void, undefined> {
    const { sizeBytes, state } = this.#source
    if (state !== 'open') this.contents = await this.#readContents()
    const end = this.contents?.contentBytes ?? sizeBytes
    let offset = await this.#start(end)
    while (offset < end) {
      const found = await wholeBlock(this.#window, offset, end)
      const next = found ? offset + found.block.sizeBytes : await this.#skip(offset, end)
      if (next === undefined || (found && this.#isTooNew(found.block))) break
      if (found) yield await this.#checked(offset, found)
      offset = next
    }
    if (state === 'open') this.unfinishedBytes = sizeBytes - offset
    this.#compare()
  }

  #at(offset: number): Spot {
    return { segment: this.#source.name, offset }
  }

  async #readContents(): Promise<SealedContents | undefined> {
    const { name, sizeBytes, read } = this.#source
    try {
      return await readContents(name, sizeBytes, read)
    } catch (error) {
      if (!(error instanceof ArchiveDamaged)) throw error
      const detail = error.message.slice(error.message.indexOf(': ') + 2)
      this.#check.report({ kind: 'index-damaged', ...this.#at(error.offset), detail })
      return undefined
    }
  }

  // Where the first block begins.
  async #start(end: number): Promise<number> {
    const { tenant, kind, day, state } = this.#source
    const bytes = await this.#window.at(0, MAX_START_BYTES)
    const start = decodeStart(bytes)
    if (start) this.#hash.update(bytes.subarray(0, start.sizeBytes))
    const expected = { header: { tenant, kind, day }, stub: state === 'hashes' }
    if (start && isDeepStrictEqual({ header: start.header, stub: start.stub }, expected))
      return start.sizeBytes
    const first = start?.sizeBytes ?? (await nextBlock(this.#window, 0, end))
    // A file that is just being made: nothing is in it yet.
    if (first === undefined && state === 'open') return 0
    const detail = start
      ? `it begins as a segment of ${Object.values(start.header).join('/')}`
      : 'its beginning is damaged'
    this.#check.report({ kind: 'start-damaged', ...this.#at(0), detail })
    this.#whole = false
    return first ?? end
  }

  // Past what is no block, to the next that is; undefined at the end of the blocks.
  async #skip(offset: number, end: number): Promise<number | undefined> {
    const next = await nextBlock(this.#window, offset + 1, end)
    // Without an index nothing tells a damaged last block from the index, or from one that is still written.
    if (!this.contents && (next === undefined || (await this.#isFollowedByNew(next, end)))) return undefined
    this.#whole = false
    this.#check.report({ kind: 'block-damaged', ...this.#at(offset), until: next ?? end })
    return next ?? end
  }

  // A write that was taken back, and others in its place since it was read.
  async #isFollowedByNew(offset: number, end: number): Promise<boolean> {
    const found = await wholeBlock(this.#window, offset, end)
    return found !== undefined && this.#isTooNew(found.block)
  }

  #isTooNew({ head: { flush } }: Block): boolean {
    return this.#source.state === 'open' && flush > this.#check.untilFlush
  }

  async #checked(offset: number, { block, bytes }: { block: Block; bytes: Buffer }): Promise<CheckedBlock> {
    const { keys, report } = this.#check
    const { tenant, state } = this.#source
    const { head, sizeBytes } = block
    this.#hash.update(bytes)
    const after = this.#spots.at(-1)?.flush ?? 0
    if (head.flush <= after)
      report({ kind: 'blocks-unordered', ...this.#at(offset), flush: head.flush, after })
    const { flush, firstLeaf } = head
    this.#spots.push({ offset, bytes: sizeBytes, flush, firstLeaf, count: leavesOf(head) })
    const origin = { ...this.#at(offset), tenant }
    const records = state === 'hashes' ? undefined : await checkRecords(keys, origin, block, report)
    if (records?.every((record) => record !== undefined)) this.#fold.add({ offset, sizeBytes, head, records })
    else this.folded = false
    return { offset, block, records }
  }

  // Index and name against the blocks.
  #compare(): void {
    const { contents } = this
    if (!contents || !this.#whole) return
    const { named, name: segment } = this.#source
    const folded = this.folded ? this.#fold.contents : undefined
    const found = { hash: this.#hash.digest(), spots: this.#spots, ...(folded && { folded }) }
    for (const part of indexDifferences(contents, found))
      this.#check.report({ kind: 'index-differs', ...this.#at(contents.contentBytes), part })
    const holds = named && nameDifference(named, this.#spots)
    if (holds !== undefined) this.#check.report({ kind: 'name-differs', segment, holds })
  }
}
