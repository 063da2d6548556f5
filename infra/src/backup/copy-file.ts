// Copies bytes from wherever they can be read into a file that is there whole or not at all, and says what they were.

import { createHash } from 'node:crypto'
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from '../archive/file-faults.ts'
import type { ReadRange } from '../archive/file-window.ts'

const PIECE_BYTES = 4 * 1024 ** 2

export type Copied = {
  readonly sizeBytes: number
  /** In hexadecimal. */
  readonly sha256: string
}

/** @throws Error when the source is shorter than that */
export async function copyBytes(read: ReadRange, sizeBytes: number, path: string): Promise<Copied> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const unfinished = `${path}.new`
  const hash = createHash('sha256')
  const file = await open(unfinished, 'w', 0o600)
  try {
    for await (const piece of pieces(read, sizeBytes)) {
      hash.update(piece)
      await file.writeFile(piece)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, path)
  await syncDirectory(dirname(path))
  return { sizeBytes, sha256: hash.digest('hex') }
}

/** SHA-256 of the bytes, in hexadecimal. @throws Error when there are fewer */
export async function hashBytes(read: ReadRange, sizeBytes: number): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of pieces(read, sizeBytes)) hash.update(piece)
  return hash.digest('hex')
}

async function* pieces(read: ReadRange, sizeBytes: number): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < sizeBytes;) {
    const piece = await read(at, Math.min(PIECE_BYTES, sizeBytes - at))
    if (piece.length === 0) throw new Error(`${sizeBytes} bytes were wanted, there are ${at}`)
    yield piece
    at += piece.length
  }
}
