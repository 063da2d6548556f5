// Gathers lines into one block, column by column, and compresses it.

import { create, toBinary } from '@bufbuild/protobuf'
import {
  LogBlockSchema,
  LogCompression,
  LogLinesSchema,
  type LogBlock,
  type LogLines,
  type LogSeverity,
} from '@secumon/contracts/gen/log'
import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import type { NamedLoss } from './loss-ledger.ts'

const compress = promisify(zstdCompress)
// Level 1 of 22: half the time of the usual 3 for some per cent more bytes. A window of 128 KiB, as large as a block: the
// usual one takes a megabyte more of memory.
const COMPRESSION = {
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: 17 },
}
/** What a line takes beside its text. */
const LINE_BYTES = 12

export type BlockLine = {
  readonly source: string
  readonly unit: string
  readonly text: string
  readonly atMs: number
  readonly severity: LogSeverity
}

export class LineBlock {
  readonly #lines: LogLines = create(LogLinesSchema)
  readonly #sources = new Map<string, number>()
  readonly #units = new Map<string, number>()
  #bytes = 0

  /** About the size before compression. */
  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#lines.message.length === 0 && this.#lines.dropped.length === 0
  }

  /** @param bytes of the text in UTF-8 */
  add({ source, unit, text, atMs, severity }: BlockLine, bytes: number): void {
    const lines = this.#lines
    lines.atMs.push(BigInt(atMs))
    lines.source.push(indexOf(this.#sources, lines.sources, source))
    lines.severity.push(severity)
    lines.unit.push(unit === '' ? 0 : indexOf(this.#units, lines.units, unit) + 1)
    lines.message.push(text)
    this.#bytes += bytes + LINE_BYTES
  }

  addLoss({ source, lines, bytes, fromMs, untilMs, reason }: NamedLoss): void {
    this.#lines.dropped.push({
      $typeName: 'secumon.v1.LogDropped',
      source: indexOf(this.#sources, this.#lines.sources, source),
      lines: BigInt(lines),
      bytes: BigInt(bytes),
      fromMs: BigInt(fromMs),
      untilMs: BigInt(untilMs),
      reason,
    })
    this.#bytes += LINE_BYTES
  }

  async compressed(): Promise<LogBlock> {
    const bytes = toBinary(LogLinesSchema, this.#lines)
    return create(LogBlockSchema, {
      compression: LogCompression.ZSTD,
      lines: await compress(bytes, COMPRESSION),
      uncompressedBytes: bytes.length,
    })
  }
}

function indexOf(indexes: Map<string, number>, names: string[], name: string): number {
  const known = indexes.get(name)
  if (known !== undefined) return known
  indexes.set(name, names.length)
  return names.push(name) - 1
}
