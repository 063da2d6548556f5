// Damage to the files that hold a stream's messages.

import { glob, open, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'

type Block = { readonly path: string; readonly sizeBytes: number }

/** Files with messages in them, in a fixed order. */
async function blocks(store: string): Promise<Block[]> {
  const found: Block[] = []
  for await (const path of glob('**/*.blk', { cwd: store })) {
    const { size } = await stat(join(store, path))
    if (size > 0) found.push({ path: join(store, path), sizeBytes: size })
  }
  return found.toSorted((a, b) => a.path.localeCompare(b.path))
}

/** The last bytes of a file that was not flushed. */
export async function truncateBlock(
  store: string,
  { block, bytes }: { block: number; bytes: number },
): Promise<void> {
  const found = await blocks(store)
  const chosen = found[block % found.length]
  if (chosen) await truncate(chosen.path, Math.max(0, chosen.sizeBytes - bytes))
}

/** @param bits counted from the file's beginning, modulo its size */
export async function flipBits(
  store: string,
  { block, bits }: { block: number; bits: readonly number[] },
): Promise<void> {
  const found = await blocks(store)
  const chosen = found[block % found.length]
  if (!chosen) return
  const file = await open(chosen.path, 'r+')
  try {
    for (const bit of bits) await flip(file, bit % (chosen.sizeBytes * 8))
  } finally {
    await file.close()
  }
}

async function flip(file: Awaited<ReturnType<typeof open>>, bit: number): Promise<void> {
  const byte = Buffer.alloc(1)
  const position = Math.floor(bit / 8)
  await file.read(byte, 0, 1, position)
  byte[0] = (byte[0] ?? 0) ^ (1 << (bit % 8))
  await file.write(byte, 0, 1, position)
}
