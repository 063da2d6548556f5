// The systemd journal, read by `journalctl` in a process of its own: no library is needed, and where nothing is read its
// pipe fills and it waits. The cursor of the last entry makes it go on exactly behind it.

import { LogDropReason } from '@secumon/contracts/gen/log'
import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { errorText } from '../error-code.ts'
import { createBackoff } from '../uplink/backoff.ts'
import { JOURNAL_FIELDS, readJournalEntry, type JournalEntry } from './journal-entry.ts'
import type { LogSource, SourceLine, SourceOptions } from './log-source.ts'
import type { JournalConfig } from './logs-config.ts'

export type JournalSourceOptions = SourceOptions & {
  readonly config: JournalConfig
  /** Called when there is something to read. */
  readonly wake: () => void
  /** Default: `journalctl` of the PATH. */
  readonly program?: string
}

type Child = ChildProcessByStdio<null, Readable, Readable>

const MAX_ENTRY_BYTES = 4 * 1024 ** 2
const MAX_SAID = 500
const NEWLINE = 10
const TOO_LONG = '[a journal entry of more than 4 MiB is left out]'

/** Opens the journal; on its very first run it stands where its configuration says. */
export async function openJournalSource(options: JournalSourceOptions): Promise<LogSource> {
  const source = new JournalSource(options)
  await source.begin(options.position)
  return source
}

class JournalSource implements LogSource {
  readonly #options: JournalSourceOptions
  readonly #backoff = createBackoff({ baseMs: 1_000, maxMs: 60_000, random: Math.random })
  /** Behind which entry to go on: its cursor, `@` and a second, or nothing where the journal was empty; or `AT` which. */
  #place = ''
  #child: Child | undefined
  #nextStartMs = -Infinity
  /** The beginning of an entry whose end has not come. */
  #rest: Buffer[] = []
  #restBytes = 0
  #isSkipping = false
  #said = ''
  #complaint = ''

  constructor(options: JournalSourceOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.config.name
  }

  async begin(position: unknown): Promise<void> {
    if (typeof position === 'string') await this.#goOnAt(position)
    else if (this.#options.config.from === 'end') this.#place = (await this.#one([]))?.cursor ?? ''
  }

  position(): unknown {
    return this.#place
  }

  // Where nothing is read journalctl waits, and the journal keeps what it keeps.
  async look(): Promise<void> {}

  async read(): Promise<readonly SourceLine[] | undefined> {
    if (!this.#child && this.#options.clock.monotonicMs() >= this.#nextStartMs) this.#start()
    const lines: SourceLine[] = []
    const chunk: unknown = this.#child?.stdout.read()
    if (chunk instanceof Buffer) this.#take(chunk, lines)
    return chunk instanceof Buffer ? lines : undefined
  }

  async close(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  #start(): void {
    const { wake, program = 'journalctl' } = this.#options
    const child = spawn(
      program,
      [...this.#arguments(), ...this.#units(), '--follow', '--no-tail', ...placed(this.#place)],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    this.#said = ''
    this.#child = child
    child.stdout.on('readable', wake)
    child.stderr.on('data', (said: Buffer) => (this.#said = (this.#said + said.toString()).slice(-MAX_SAID)))
    child.once('error', (error) => this.#ended(child, errorText(error)))
    // Not `exit`: what is in the pipe is still to be read.
    child.once('close', () => this.#ended(child, this.#said.trim() || 'it ended'))
  }

  #ended(child: Child, reason: string): void {
    if (this.#child !== child) return
    this.#child = undefined
    this.#rest = []
    this.#restBytes = 0
    this.#isSkipping = false
    this.#nextStartMs = this.#options.clock.monotonicMs() + this.#backoff.nextMs()
    if (reason !== this.#complaint)
      this.#options.logger.warn('the journal cannot be read', { source: this.name, reason })
    this.#complaint = reason
    if (/cursor/i.test(reason) && this.#place !== '') this.#lose()
  }

  // It does not name a place in this journal, so where to go on is not known.
  #lose(): void {
    this.#place = this.#now()
    const nowMs = Math.round(this.#options.clock.nowMs())
    this.#say(nowMs, nowMs)
  }

  #say(fromMs: number, untilMs: number): void {
    this.#options.lose({ lines: 0, bytes: 0, fromMs, untilMs, reason: LogDropReason.FILE_GONE })
  }

  #take(chunk: Buffer, lines: SourceLine[]): void {
    let at = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      this.#keep(chunk.subarray(at, end))
      this.#takeEntry(lines)
      at = end + 1
    }
    this.#keep(chunk.subarray(at))
  }

  #keep(part: Buffer): void {
    if (this.#restBytes + part.length > MAX_ENTRY_BYTES) this.#isSkipping = true
    if (this.#isSkipping) this.#rest = []
    else this.#rest.push(part)
    this.#restBytes = this.#isSkipping ? 0 : this.#restBytes + part.length
  }

  #takeEntry(lines: SourceLine[]): void {
    const json = this.#isSkipping ? undefined : Buffer.concat(this.#rest).toString('utf8')
    this.#rest = []
    this.#restBytes = 0
    this.#isSkipping = false
    if (json === undefined) return void lines.push({ text: TOO_LONG, unit: '' })
    const entry = readJournalEntry(json)
    if (!entry) return
    this.#place = entry.cursor
    this.#complaint = ''
    this.#backoff.reset()
    if (entry.line) lines.push(entry.line)
  }

  // Where the entry is gone, the journal goes on at the first that it still has. It has lost something only if that was
  // written after this one left: the last entry of a unit that is quiet goes in the end, and nothing is missing.
  async #goOnAt(place: string): Promise<void> {
    this.#place = place
    const { leftAtMs } = this.#options
    if (!isCursor(place)) return
    const found = await this.#one([`--cursor=${place}`])
    const foundAtMs = found?.line?.atMs
    if (!found || !isCursor(found.cursor) || found.cursor === place) return
    this.#place = `${AT}${found.cursor}`
    if (leftAtMs !== undefined && foundAtMs !== undefined && foundAtMs > leftAtMs)
      this.#say(leftAtMs, foundAtMs)
  }

  // The entry at a place, or the newest. Undefined when there is none, or the journal cannot be read now.
  async #one(place: readonly string[]): Promise<JournalEntry | undefined> {
    const { logger, program = 'journalctl' } = this.#options
    const units = place.length > 0 ? [] : this.#units()
    try {
      const { stdout } = await promisify(execFile)(
        program,
        [...this.#arguments(), ...units, '--lines=1', ...place],
        { maxBuffer: 2 * MAX_ENTRY_BYTES },
      )
      return readJournalEntry(stdout.trim())
    } catch (error) {
      logger.warn('the journal cannot be read', { source: this.name, reason: errorText(error) })
      return { cursor: this.#now(), line: undefined }
    }
  }

  #now(): string {
    return `@${Math.floor(this.#options.clock.nowMs() / 1_000)}`
  }

  #arguments(): string[] {
    const { directory } = this.#options.config
    return [
      '--output=json',
      '--all',
      '--quiet',
      '--no-pager',
      `--output-fields=${JOURNAL_FIELDS.join(',')}`,
      ...(directory === undefined ? [] : [`--directory=${directory}`]),
    ]
  }

  #units(): string[] {
    return this.#options.config.units.map((unit) => `--unit=${unit}`)
  }
}

/** Before the cursor of an entry that is still to be read. */
const AT = 'at '

const isCursor = (place: string): boolean => /^[a-z]=/.test(place)

// Not `after` an entry that is not there: the one in its place would be skipped.
function placed(place: string): string[] {
  if (place === '') return []
  if (place.startsWith(AT)) return [`--cursor=${place.slice(AT.length)}`]
  return [place.startsWith('@') ? `--since=${place}` : `--after-cursor=${place}`]
}
