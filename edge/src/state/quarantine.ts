// Frames that no log takes, kept for a person to look at. Bounded: the oldest make room. The same frame twice is one
// file. A fork may set aside a whole spool at once, so the directory is read once.

import type { ChainIdentity } from '@secumon/contracts/frame'
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SpoolRecord } from '../spool/spool.ts'

const MAX_BYTES = 16 * 1024 ** 2

export class Quarantine {
  readonly #directory: string
  /** Path to size, oldest first. */
  #files: Map<string, number> | undefined
  #bytes = 0

  /** @param directory made when something is kept */
  constructor(directory: string) {
    this.#directory = directory
  }

  /** Writes `<lane>-<agent>-<epoch>-<sequence>.frame` (the signed bytes) and `.json` (signature and reason). */
  keep({ lane, agent, epoch }: ChainIdentity, record: SpoolRecord, why: string): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    const sequence = String(record.sequence).padStart(16, '0')
    const path = join(this.#directory, `${lane}-${agent}-${epoch}-${sequence}`)
    const note = { why: why.slice(0, 500), signature: Buffer.from(record.signature).toString('base64') }
    this.#write(`${path}.frame`, record.bytes)
    this.#write(`${path}.json`, Buffer.from(`${JSON.stringify(note)}\n`))
  }

  #write(path: string, content: Uint8Array): void {
    const files = (this.#files ??= this.#found())
    this.#forget(files, path)
    for (const [oldest] of files) {
      if (this.#bytes + content.length <= MAX_BYTES) break
      rmSync(oldest, { force: true })
      this.#forget(files, oldest)
    }
    writeFileSync(path, content, { mode: 0o600 })
    files.set(path, content.length)
    this.#bytes += content.length
  }

  #forget(files: Map<string, number>, path: string): void {
    this.#bytes -= files.get(path) ?? 0
    files.delete(path)
  }

  #found(): Map<string, number> {
    const found = readdirSync(this.#directory).map((name) => {
      const path = join(this.#directory, name)
      const { size, mtimeMs } = statSync(path)
      return { path, size, mtimeMs }
    })
    found.sort((a, b) => a.mtimeMs - b.mtimeMs)
    this.#bytes = found.reduce((sum, { size }) => sum + size, 0)
    return new Map(found.map(({ path, size }) => [path, size]))
  }
}
