// A source made of files: finds what its patterns name, reads what is added, and follows each file through renaming,
// truncation and removal. What was renamed or removed is read to its end before what came in its place.

import { LogDropReason } from '@secumon/contracts/gen/log'
import type { BigIntStats } from 'node:fs'
import { lstat, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { errorCode, errorText } from '../error-code.ts'
import type { HostClock } from '../host-clock.ts'
import type { EdgeLogger } from '../log.ts'
import type { FileSourceConfig } from './logs-config.ts'
import { MAX_FILES, type FileRoom } from './file-room.ts'
import { readPositions, writePositions, type KnownFile } from './file-positions.ts'
import { findPaths } from './find-paths.ts'
import { findKept, findLater } from './find-kept.ts'
import type { LogSource, Loss, Reading } from './log-source.ts'
import { isNamed, type Tail } from './tail.ts'
import { fileKey, readBuffer, START, TailedFile } from './tailed-file.ts'

export type FileSourceOptions = {
  readonly config: FileSourceConfig
  readonly clock: Pick<HostClock, 'nowMs' | 'monotonicMs'>
  readonly logger: EdgeLogger
  /** Where an earlier run stood; undefined when there was none. */
  readonly position: unknown
  readonly room: FileRoom
}

/** Between two looks at the files that are known, and at what the patterns name. */
const LOOK_MS = 1_000
const FIND_MS = 5_000
/** A file that lost its name is let go when nothing was added for so long. */
const LINGER_MS = 60_000
/** One that was removed takes room on the disk: it is let go after so long even if it is not read. */
const REMOVED_MS = 10 * 60_000
const FIND_LIMITS = { maxPaths: MAX_FILES, maxEntries: 50_000 }

/** Opens a source; on its very first run it stands where its configuration says. */
export async function openFileSource(options: FileSourceOptions): Promise<LogSource> {
  const source = new FileSource(options)
  await source.begin(options.position)
  return source
}

class FileSource implements LogSource {
  readonly #config: FileSourceConfig
  readonly #clock: FileSourceOptions['clock']
  readonly #logger: EdgeLogger
  readonly #room: FileRoom
  readonly #buffer = readBuffer()
  readonly #complained = new Set<string>()
  /** First those without a name, in the order in which they lost it; then the others, those to be read next first. */
  #tails: Tail[] = []
  #known: KnownFile[] = []
  #losses: Loss[] = []
  #paths: readonly string[] = []
  #nextLookMs = -Infinity
  #nextFindMs = -Infinity

  constructor({ config, clock, logger, room }: FileSourceOptions) {
    this.#config = config
    this.#clock = clock
    this.#logger = logger
    this.#room = room
  }

  get name(): string {
    return this.#config.name
  }

  async begin(position: unknown): Promise<void> {
    this.#known = position === undefined ? [] : readPositions(position)
    await this.#look()
    if (position === undefined && this.#config.from === 'end')
      for (const { file } of this.#tails) await file.standAtEnd()
    await this.#recoverAll(this.#known.splice(0))
  }

  position(): unknown {
    return writePositions(
      this.#tails.map(({ file, lostNameAtMs, isDue, hasRest }) => ({
        path: file.path,
        key: file.key,
        place: file.place,
        isFinished: lostNameAtMs !== undefined && !isDue && !hasRest,
      })),
    )
  }

  async read(): Promise<Reading | undefined> {
    if (this.#clock.monotonicMs() >= this.#nextLookMs) await this.#look()
    for (;;) {
      const tail = this.#next()
      const losses = this.#losses.splice(0)
      if (!tail) return losses.length > 0 ? { lines: [], losses } : undefined
      const lines = await this.#readTail(tail)
      if (lines.length > 0 || losses.length > 0) return { lines, losses }
    }
  }

  async close(): Promise<void> {
    this.#room.followed -= this.#tails.length
    for (const { file } of this.#tails.splice(0)) await file.close()
  }

  #next(): Tail | undefined {
    return this.#tails.find(({ isDue }) => isDue)
  }

  async #readTail(tail: Tail): Promise<Reading['lines']> {
    const { file } = tail
    const { grouping } = this.#config
    try {
      const read = await file.read({ grouping, isQuiet: this.#isQuiet(tail), isEnd: this.#isEnd(tail) })
      if (read.kind === 'changed') {
        await this.#truncated(tail)
        return []
      }
      tail.isDue = read.hasMore
      tail.hasRest = file.place.offset < tail.size
      if (read.hasMore && isNamed(tail)) this.#tails.push(...this.#tails.splice(this.#tails.indexOf(tail), 1))
      const unit = basename(file.path)
      return read.events.map((text) => ({ text, unit }))
    } catch (error) {
      this.#complain(file.path, error)
      tail.isDue = false
      return []
    }
  }

  async #look(): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    this.#nextLookMs = nowMs + LOOK_MS
    if (nowMs >= this.#nextFindMs) await this.#find(nowMs)
    const present = new Map<string, BigIntStats>()
    for (const path of new Set([
      ...this.#paths,
      ...this.#tails.filter(isNamed).map(({ file }) => file.path),
    ])) {
      const stats = await this.#stat(path)
      if (!stats?.isFile()) continue
      const tail = this.#tails.find(({ file }) => file.key === fileKey(stats)) ?? (await this.#open(path))
      if (!tail) continue
      present.set(tail.file.key, stats)
      tail.file.path = path
    }
    for (const tail of this.#tails.slice()) await this.#update(tail, present.get(tail.file.key), nowMs)
  }

  async #find(nowMs: number): Promise<void> {
    const { paths, exclude } = this.#config
    this.#nextFindMs = nowMs + FIND_MS
    const found = await findPaths(paths, FIND_LIMITS)
    this.#paths = found.paths.filter((path) => !exclude.some((pattern) => pattern.test(basename(path))))
    if (found.isCut)
      this.#complain('more', new Error(`more than ${MAX_FILES} files or ${FIND_LIMITS.maxEntries} names`))
  }

  async #stat(path: string): Promise<BigIntStats | undefined> {
    try {
      return await (this.#config.followSymlinks ? stat : lstat)(path, { bigint: true })
    } catch {
      return undefined
    }
  }

  async #open(path: string): Promise<Tail | undefined> {
    if (this.#room.followed >= MAX_FILES) {
      this.#complain(path, new Error(`${MAX_FILES} files are followed in all sources together, no more`))
      return undefined
    }
    try {
      const file = await TailedFile.open(path, { ...this.#config, buffer: this.#buffer })
      if (!file) return undefined
      const at = this.#known.findIndex(({ key }) => key === file.key)
      const [known] = at < 0 ? [] : this.#known.splice(at, 1)
      if (known) file.standAt(known.place)
      return this.#follow(file)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.#complain(path, error)
      return undefined
    }
  }

  #follow(file: TailedFile): Tail {
    const tail: Tail = {
      file,
      size: -1,
      changedAtNs: -1n,
      isDue: true,
      hasRest: false,
      grewAtMs: this.#clock.monotonicMs(),
      lostNameAtMs: undefined,
    }
    this.#tails.push(tail)
    this.#room.followed++
    return tail
  }

  async #update(tail: Tail, named: BigIntStats | undefined, nowMs: number): Promise<void> {
    const stats = named ?? (await tail.file.stat())
    const size = Number(stats.size)
    if (size !== tail.size || stats.mtimeNs !== tail.changedAtNs) {
      tail.isDue = true
      tail.grewAtMs = nowMs
    }
    tail.size = size
    tail.changedAtNs = stats.mtimeNs
    if (named) tail.lostNameAtMs = undefined
    else if (isNamed(tail)) this.#loseName(tail)
    if (tail.hasRest && (this.#isQuiet(tail) || this.#isEnd(tail))) tail.isDue = true
    if (tail.lostNameAtMs !== undefined) await this.#maybeLetGo(tail, stats, nowMs - tail.lostNameAtMs)
  }

  #isQuiet({ grewAtMs }: Tail): boolean {
    return this.#clock.monotonicMs() - grewAtMs >= this.#config.quietMs
  }

  #isEnd({ grewAtMs, lostNameAtMs }: Tail): boolean {
    return lostNameAtMs !== undefined && this.#clock.monotonicMs() - grewAtMs >= LINGER_MS
  }

  async #maybeLetGo(tail: Tail, { nlink }: BigIntStats, goneMs: number): Promise<void> {
    const isRead = !tail.isDue && this.#isEnd(tail)
    if (!isRead && !(nlink === 0n && goneMs >= REMOVED_MS)) return
    if (!isRead) this.#lose(tail.size - tail.file.place.offset)
    this.#tails.splice(this.#tails.indexOf(tail), 1)
    this.#room.followed--
    await tail.file.close()
  }

  // A copy made before the truncation has what was not read.
  async #truncated(tail: Tail): Promise<void> {
    const { file } = tail
    const { place } = file
    file.standAt(START)
    tail.isDue = true
    const copy = await findKept({ path: file.path, key: undefined, place }, this.#opening())
    if (copy) await this.#followAside(copy)
    else this.#lose(0)
  }

  // They are not where they were when this agent last ran; and others may have been put aside since.
  async #recoverAll(known: readonly KnownFile[]): Promise<void> {
    const newest = new Map<string, TailedFile>()
    for (const { path, key, place, isFinished } of known) {
      const kept = await findKept({ path, key, place }, this.#opening())
      if (kept) newest.set(path, await this.#followAside(kept))
      else if (!isFinished) this.#lose(0)
    }
    for (const [path, file] of newest)
      for (const later of await findLater(path, file, this.#opening())) await this.#followAside(later)
  }

  async #followAside(file: TailedFile): Promise<TailedFile> {
    const known = this.#tails.find((tail) => tail.file.key === file.key)
    if (known) {
      await file.close()
      return known.file
    }
    this.#loseName(this.#follow(file))
    return file
  }

  #loseName(tail: Tail): void {
    tail.lostNameAtMs = this.#clock.monotonicMs()
    this.#tails.splice(this.#tails.indexOf(tail), 1)
    const named = this.#tails.findIndex(isNamed)
    this.#tails.splice(named < 0 ? this.#tails.length : named, 0, tail)
  }

  #opening() {
    return { followSymlinks: this.#config.followSymlinks, buffer: this.#buffer }
  }

  #lose(bytes: number): void {
    const nowMs = Math.round(this.#clock.nowMs())
    const reason = LogDropReason.FILE_GONE
    this.#losses.push({ lines: 0, bytes: Math.max(0, bytes), fromMs: nowMs, untilMs: nowMs, reason })
  }

  // Once a path and reason: a file that may not be read is looked at every second.
  #complain(path: string, error: unknown): void {
    const reason = errorText(error)
    const complaint = `${path}\n${reason}`
    if (this.#complained.has(complaint) || this.#complained.size >= MAX_FILES) return
    this.#complained.add(complaint)
    this.#logger.warn('a log file cannot be read', { source: this.name, path, reason })
  }
}
