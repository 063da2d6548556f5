// The systemd journal, read by `journalctl` in a process of its own: no library is needed, and where nothing is read its
// pipe fills and it waits. The cursor of the last entry makes it go on exactly behind it.

import { LogDropReason } from '@secumon/contracts/gen/log'
import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { errorText } from '../error-code.ts'
import type { HostClock } from '../host-clock.ts'
import type { EdgeLogger } from '../log.ts'
import { createBackoff } from '../uplink/backoff.ts'
import { JOURNAL_FIELDS, readJournalEntry } from './journal-entry.ts'
import type { LogSource, Loss, Reading, SourceLine } from './log-source.ts'
import type { JournalConfig } from './logs-config.ts'

export type JournalSourceOptions = {
  readonly config: JournalConfig
  readonly clock: Pick<HostClock, 'nowMs' | 'monotonicMs'>
  readonly logger: EdgeLogger
  /** Where an earlier run stood; undefined when there was none. */
  readonly position: unknown
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
  /** Behind which entry to go on: its cursor, `@` and a second, or nothing where the journal was empty. */
  #place = ''
  #child: Child | undefined
  #nextStartMs = -Infinity
  /** The beginning of an entry whose end has not come. */
  #rest: Buffer[] = []
  #restBytes = 0
  #isSkipping = false
  #losses: Loss[] = []
  #said = ''
  #complaint = ''

  constructor(options: JournalSourceOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.config.name
  }

  async begin(position: unknown): Promise<void> {
    if (typeof position === 'string') this.#place = position
    else if (this.#options.config.from === 'end') this.#place = await this.#newest()
  }

  position(): unknown {
    return this.#place
  }

  async read(): Promise<Reading | undefined> {
    if (!this.#child && this.#options.clock.monotonicMs() >= this.#nextStartMs) this.#start()
    const lines: SourceLine[] = []
    const chunk: unknown = this.#child?.stdout.read()
    if (chunk instanceof Buffer) this.#take(chunk, lines)
    const losses = this.#losses.splice(0)
    if (lines.length === 0 && losses.length === 0 && !(chunk instanceof Buffer)) return undefined
    return { lines, losses }
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
    const child = spawn(program, [...this.#arguments(), '--follow', '--no-tail', ...placed(this.#place)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
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
    const nowMs = Math.round(this.#options.clock.nowMs())
    this.#place = this.#now()
    const reason = LogDropReason.FILE_GONE
    this.#losses.push({ lines: 0, bytes: 0, fromMs: nowMs, untilMs: nowMs, reason })
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

  async #newest(): Promise<string> {
    const { logger, program = 'journalctl' } = this.#options
    try {
      const { stdout } = await promisify(execFile)(program, [...this.#arguments(), '--lines=1'], {
        maxBuffer: 2 * MAX_ENTRY_BYTES,
      })
      return readJournalEntry(stdout.trim())?.cursor ?? ''
    } catch (error) {
      logger.warn('the journal cannot be read', { source: this.name, reason: errorText(error) })
      return this.#now()
    }
  }

  #now(): string {
    return `@${Math.floor(this.#options.clock.nowMs() / 1_000)}`
  }

  #arguments(): string[] {
    const { units, directory } = this.#options.config
    return [
      '--output=json',
      '--all',
      '--quiet',
      '--no-pager',
      `--output-fields=${JOURNAL_FIELDS.join(',')}`,
      ...units.map((unit) => `--unit=${unit}`),
      ...(directory === undefined ? [] : [`--directory=${directory}`]),
    ]
  }
}

function placed(place: string): string[] {
  if (place === '') return []
  return [place.startsWith('@') ? `--since=${place}` : `--after-cursor=${place}`]
}
