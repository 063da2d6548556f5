// Frames that no log takes, kept for a person to look at. Bounded: the oldest make room. The same frame twice is one
// file.

import type { ChainIdentity } from '@secumon/contracts/frame'
import { mkdirSync, readdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SpoolRecord } from '../spool/spool.ts'

const MAX_BYTES = 16 * 1024 ** 2

/** Writes `<lane>-<agent>-<epoch>-<sequence>.frame` (the signed bytes) and `.json` (signature and reason). */
export function quarantineFrame(
  directory: string,
  chain: ChainIdentity,
  { record, why }: { record: SpoolRecord; why: string },
): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  makeRoom(directory, record.bytes.length)
  const { lane, agent, epoch } = chain
  const path = join(directory, `${lane}-${agent}-${epoch}-${String(record.sequence).padStart(16, '0')}`)
  const note = { why: why.slice(0, 500), signature: Buffer.from(record.signature).toString('base64') }
  writeFileSync(`${path}.frame`, record.bytes, { mode: 0o600 })
  writeFileSync(`${path}.json`, `${JSON.stringify(note)}\n`, { mode: 0o600 })
}

function makeRoom(directory: string, bytes: number): void {
  const files = readdirSync(directory).map((name) => {
    const path = join(directory, name)
    const { size, mtimeMs } = statSync(path)
    return { path, size, mtimeMs }
  })
  files.sort((a, b) => a.mtimeMs - b.mtimeMs)
  let total = files.reduce((sum, { size }) => sum + size, bytes)
  for (const { path, size } of files) {
    if (total <= MAX_BYTES) return
    unlinkSync(path)
    total -= size
  }
}
