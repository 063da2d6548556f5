// One block of a segment: [u32le length, u32le crc32, u32le head length, head, ciphertext with its tag]. Length and
// checksum are of what follows them; the head is authenticated with the ciphertext. A `hashes` stub keeps only heads.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ArchiveBlockHeadSchema, type ArchiveBlockHead } from '@secumon/contracts/gen/archive'
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, crc32, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { StreamMark } from './archive.ts'
import { plainBytes } from './file-window.ts'

/** Length and checksum, before the head's own length. */
export const BLOCK_PREFIX_BYTES = 8
const HEAD_LENGTH_BYTES = 4
const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'
/** More is no block: a length that was damaged must not make a reader ask for gigabytes. */
export const MAX_BLOCK_BYTES = 512 * 1024 ** 2
/** Below it, a trip to another thread takes longer than the compression. */
const INLINE_COMPRESSION_BYTES = 64 * 1024

export type BlockHead = {
  readonly flush: number
  readonly flushBlocks: number
  readonly firstLeaf: number
  /** 32 bytes a record. */
  readonly leafHashes: Uint8Array
  readonly keyId: string
  readonly writtenAtMs: number
  readonly marks: readonly StreamMark[]
}

/** A block whose checksum holds; still sealed. */
export type Block = {
  readonly head: BlockHead
  readonly headBytes: Uint8Array
  readonly nonce: Uint8Array
  readonly clearBytes: number
  /** Ciphertext and tag; empty in a `hashes` stub. */
  readonly sealed: Uint8Array
  /** Of the whole block in its file. */
  readonly sizeBytes: number
}

export const leavesOf = ({ leafHashes }: BlockHead): number => leafHashes.length / 32

/** Compresses and encrypts a serialized ArchiveBlock. */
export async function sealBlock(head: BlockHead, content: Uint8Array, key: Uint8Array): Promise<Buffer> {
  const nonce = randomFillSync(new Uint8Array(NONCE_BYTES))
  const headBytes = encodeHead(head, nonce, content.length)
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(headBytes)
  const body = [cipher.update(await compress(content)), cipher.final(), cipher.getAuthTag()]
  return frameBlock(headBytes, Buffer.concat(body))
}

/** A block of these bytes, `sealed` as it stands. */
export function frameBlock(headBytes: Uint8Array, sealed: Uint8Array): Buffer {
  const length = HEAD_LENGTH_BYTES + headBytes.length + sealed.length
  const block = Buffer.allocUnsafe(BLOCK_PREFIX_BYTES + length)
  block.writeUInt32LE(length, 0)
  block.writeUInt32LE(headBytes.length, BLOCK_PREFIX_BYTES)
  block.set(headBytes, BLOCK_PREFIX_BYTES + HEAD_LENGTH_BYTES)
  block.set(sealed, BLOCK_PREFIX_BYTES + HEAD_LENGTH_BYTES + headBytes.length)
  block.writeUInt32LE(crc32(block.subarray(BLOCK_PREFIX_BYTES)), 4)
  return block
}

/** Size of the block that begins with these bytes; undefined when there are too few, or it can be none. */
export function blockSize(prefix: Buffer): number | undefined {
  if (prefix.length < BLOCK_PREFIX_BYTES) return undefined
  const length = prefix.readUInt32LE(0)
  return length >= HEAD_LENGTH_BYTES && length <= MAX_BLOCK_BYTES ? BLOCK_PREFIX_BYTES + length : undefined
}

/** Reads a block of exactly `blockSize` bytes; undefined when its checksum does not hold, or its head is none. */
export function readBlock(bytes: Buffer): Block | undefined {
  if (blockSize(bytes) !== bytes.length) return undefined
  if (crc32(bytes.subarray(BLOCK_PREFIX_BYTES)) !== bytes.readUInt32LE(4)) return undefined
  const start = BLOCK_PREFIX_BYTES + HEAD_LENGTH_BYTES
  const end = start + bytes.readUInt32LE(BLOCK_PREFIX_BYTES)
  if (end > bytes.length) return undefined
  const headBytes = plainBytes(bytes.subarray(start, end))
  const head = decodeHead(headBytes)
  return head && { ...head, headBytes, sealed: plainBytes(bytes.subarray(end)), sizeBytes: bytes.length }
}

/** What the head of a damaged block says, which nothing vouches for; undefined when it cannot be read. */
export function claimedHead(bytes: Buffer): BlockHead | undefined {
  const start = BLOCK_PREFIX_BYTES + HEAD_LENGTH_BYTES
  if (bytes.length < start) return undefined
  const end = start + bytes.readUInt32LE(BLOCK_PREFIX_BYTES)
  return end > bytes.length ? undefined : decodeHead(plainBytes(bytes.subarray(start, end)))?.head
}

/**
 * Decrypts and decompresses to a serialized ArchiveBlock.
 * @throws Error when the key is another or the bytes are not authentic
 */
export function openBlock({ headBytes, nonce, sealed, clearBytes }: Block, key: Uint8Array): Uint8Array {
  const cipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(headBytes)
  cipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  const compressed = cipher.update(sealed.subarray(0, -TAG_BYTES))
  cipher.final()
  // One chunk as large as the whole: no copy from smaller ones.
  const options = { chunkSize: Math.max(64, clearBytes), maxOutputLength: Math.max(1, clearBytes) }
  return plainBytes(zstdDecompressSync(compressed, options))
}

const compressInBackground = promisify(zstdCompress)

/** Of frames, level 2 makes as little as the usual 3 (1,990 bytes of 7,800 against 2,011), for a third less CPU. */
const LEVEL = { [constants.ZSTD_c_compressionLevel]: 2 }

function compress(content: Uint8Array): Buffer | Promise<Buffer> {
  if (content.length < INLINE_COMPRESSION_BYTES) return zstdCompressSync(content, { params: LEVEL })
  // A trip to the other thread for each 16 kB of the result would cost as much as the compression.
  return compressInBackground(content, { params: LEVEL, chunkSize: content.length >> 1 })
}

const encodeHead = (head: BlockHead, nonce: Uint8Array, clearBytes: number): Uint8Array =>
  toBinary(
    ArchiveBlockHeadSchema,
    create(ArchiveBlockHeadSchema, {
      ...head,
      flush: BigInt(head.flush),
      firstLeaf: BigInt(head.firstLeaf),
      writtenAtMs: BigInt(head.writtenAtMs),
      nonce,
      clearBytes,
      marks: head.marks.map(({ stream, position, hash }) => ({ stream, position: BigInt(position), hash })),
    }),
  )

function decodeHead(bytes: Uint8Array): Pick<Block, 'head' | 'nonce' | 'clearBytes'> | undefined {
  try {
    const { nonce, clearBytes, ...head } = fromBinary(ArchiveBlockHeadSchema, bytes)
    return { head: blockHead(head), nonce, clearBytes }
  } catch {
    return undefined
  }
}

const blockHead = (message: Omit<ArchiveBlockHead, 'nonce' | 'clearBytes'>): BlockHead => ({
  flush: Number(message.flush),
  flushBlocks: message.flushBlocks,
  firstLeaf: Number(message.firstLeaf),
  leafHashes: message.leafHashes,
  keyId: message.keyId,
  writtenAtMs: Number(message.writtenAtMs),
  marks: message.marks.map(({ stream, position, hash }) => ({ stream, position: Number(position), hash })),
})
