// What the platform said while a fault struck: ends that nobody caused, and log lines of warning or worse, counted by
// what they say.

import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const WARNING = 40
const EXPECTED =
  /this server is for development|the connection to NATS is lost|a database connection was lost/
/** What servers print about themselves in passing, and PostgreSQL about connections that a fault has ended. */
const SERVER_NOISE = /\[INF\]| (LOG|FATAL|DETAIL|HINT|CONTEXT|WARNING|STATEMENT):|^\s|^(DETAIL|HINT)/

export class Findings {
  readonly #logs: string
  readonly #offsets = new Map<string, number>()
  #noted: string[] = []

  /** @param directory of the scene */
  constructor(directory: string) {
    this.#logs = join(directory, 'logs')
  }

  add(finding: string): void {
    this.#noted.push(finding)
  }

  /** Everything since the last call, most frequent first. */
  async take(): Promise<string[]> {
    const counts = new Map<string, number>()
    for (const file of await readdir(this.#logs))
      for (const line of await this.#newLines(file)) {
        const said = saidIn(line)
        if (said === undefined) continue
        const key = `${file.replace('.log', '').replace(/-\d+$/, '')}: ${said}`
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    const noted = this.#noted
    this.#noted = []
    const said = [...counts].toSorted((a, b) => b[1] - a[1]).map(([what, times]) => `${times} × ${what}`)
    return [...noted, ...said]
  }

  async #newLines(file: string): Promise<string[]> {
    const offset = this.#offsets.get(file) ?? 0
    const handle = await open(join(this.#logs, file))
    try {
      const { size } = await handle.stat()
      const buffer = Buffer.alloc(Math.max(0, size - offset))
      await handle.read(buffer, 0, buffer.length, offset)
      this.#offsets.set(file, size)
      return buffer.toString().split('\n')
    } finally {
      await handle.close()
    }
  }
}

/** The message of an entry of warning or worse; a line that is no entry, of a crash say, as it is. */
function saidIn(line: string): string | undefined {
  if (line.trim() === '' || EXPECTED.test(line)) return undefined
  try {
    const entry: unknown = JSON.parse(line)
    if (typeof entry !== 'object' || entry === null || !('level' in entry) || !('msg' in entry))
      return undefined
    return Number(entry.level) >= WARNING ? String(entry.msg) : undefined
  } catch {
    return SERVER_NOISE.test(line)
      ? undefined
      : line
          .trim()
          .replaceAll(/\d{4,}\S*/g, '…')
          .slice(0, 120)
  }
}
