// A source made of files: finds what its patterns name, reads what is added, and follows each file through renaming,
// truncation and removal. What was renamed or removed is read to its end before what came in its place.

import { LogDropReason } from '@secumon/contracts/gen/log'
import type { BigIntStats } from 'node:fs'
import { lstat, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { errorCode } from '../error-code.ts'
import { createComplaints } from './complaints.ts'
import { whyNotFollowed, type FileRoom } from './file-room.ts'
import { readPositions, writePositions, type KnownFile } from './file-positions.ts'
import { findKept, findLater, nanoseconds, type Later } from './find-kept.ts'
import { isWanted } from './find-paths.ts'
import { LeftFiles } from './left-files.ts'
import type { LogSource, SourceLine, SourceOptions } from './log-source.ts'
import type { FileSourceConfig } from './logs-config.ts'
import { NamedPaths } from './named-paths.ts'
import { isNamed, knownFile, Tails, type Tail } from './tail.ts'
import { fileKey, readBuffer, START, TailedFile, type OpenHow } from './tailed-file.ts'

export type FileSourceOptions = SourceOptions & {
  readonly config: FileSourceConfig
  readonly room: FileRoom
}

/** Between two looks at the files that are known. */
const LOOK_MS = 1_000
/** A file that lost its name is let go when nothing was added for so long. */
const LINGER_MS = 60_000
/** One that was removed takes room on the disk: it is let go after so long even if it is not read. */
const REMOVED_MS = 10 * 60_000

/** Opens a source; on its very first run it stands where its configuration says. */
export async function openFileSource(options: FileSourceOptions): Promise<LogSource> {
  const source = new FileSource(options)
  try {
    await source.begin()
    return source
  } catch (error) {
    await source.close()
    throw error
  }
}

class FileSource implements LogSource {
  readonly #options: FileSourceOptions
  readonly #config: FileSourceConfig
  readonly #opening: OpenHow
  readonly #leftAtNs: bigint
  readonly #openedAtNs: bigint
  readonly #complain: (path: string, error: unknown) => void
  readonly #tails: Tails
  readonly #left: LeftFiles
  readonly #paths: NamedPaths
  #nextLookMs = -Infinity

  constructor(options: FileSourceOptions) {
    this.#options = options
    this.#config = options.config
    this.#opening = { followSymlinks: options.config.followSymlinks, buffer: readBuffer() }
    this.#openedAtNs = nanoseconds(options.clock.nowMs())
    this.#leftAtNs = nanoseconds((options.leftAtMs ?? options.clock.nowMs()) + 1)
    this.#complain = createComplaints(this.name, options.logger)
    this.#paths = new NamedPaths({ config: options.config, complain: this.#complain })
    this.#tails = new Tails(options.room, () => this.#nowMs)
    this.#left = new LeftFiles(options.room, readPositions(options.position))
  }

  get name(): string {
    return this.#config.name
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }

  async begin(): Promise<void> {
    await this.look()
    if (this.#options.position === undefined && this.#config.from === 'end')
      for (const { file } of this.#tails.all)
        await file.standAtEnd().catch((error: unknown) => this.#complain(file.path, error))
    // What the configuration does not name any more is left as it is.
    const isStillWanted = ({ path }: KnownFile): boolean => isWanted(path, this.#config)
    await this.#recoverAll(this.#left.takeAll().filter(isStillWanted))
    // Of what nothing was read a copy cannot be told by what is in it: it is one if it was made since.
    for (const { path, key, place } of readPositions(this.#options.position).filter(isStillWanted))
      if (place.offset === 0) await this.#followLater(path, { key, sinceNs: this.#leftAtNs })
  }

  position(): unknown {
    return writePositions([...this.#left.all, ...this.#tails.all.map(knownFile)])
  }

  async read(): Promise<readonly SourceLine[] | undefined> {
    await this.look()
    for (let tail = this.#tails.next; tail; tail = this.#tails.next) {
      const lines = await this.#readTail(tail)
      if (lines.length > 0) return lines
    }
    return undefined
  }

  async look(): Promise<void> {
    const nowMs = this.#nowMs
    if (nowMs < this.#nextLookMs) return
    this.#nextLookMs = nowMs + LOOK_MS
    const present = new Map<string, BigIntStats>()
    const named = this.#tails.all.filter(isNamed).map(({ file }) => file.path)
    for (const path of new Set([...(await this.#paths.at(nowMs)), ...named])) {
      const stats = await this.#stat(path)
      if (!stats?.isFile()) continue
      const tail = this.#tails.of(fileKey(stats)) ?? (await this.#open(path))
      if (!tail) continue
      present.set(tail.file.key, stats)
      tail.file.path = path
    }
    for (const tail of this.#tails.all.slice()) await this.#update(tail, present.get(tail.file.key), nowMs)
  }

  async close(): Promise<void> {
    await this.#tails.closeAll()
  }

  async #readTail(tail: Tail): Promise<readonly SourceLine[]> {
    const { file } = tail
    try {
      const { grouping } = this.#config
      const read = await file.read({ grouping, isQuiet: this.#isQuiet(tail), isEnd: this.#isEnd(tail) })
      if (read.kind === 'changed') {
        await this.#truncated(tail)
        return []
      }
      tail.isDue = read.hasMore
      tail.hasRest = file.place.offset < tail.size
      if (read.hasMore && isNamed(tail)) this.#tails.putLast(tail)
      const unit = basename(file.path)
      return read.events.map((text) => ({ text, unit }))
    } catch (error) {
      this.#complain(file.path, error)
      tail.isDue = false
      // It may be that only this handle is bad, as on a file server that was away.
      if (isNamed(tail)) await this.#openAgain(tail)
      return []
    }
  }

  #stat(path: string): Promise<BigIntStats | undefined> {
    const look = this.#config.followSymlinks ? stat : lstat
    return look(path, { bigint: true }).catch(() => undefined)
  }

  async #open(path: string): Promise<Tail | undefined> {
    const file = this.#left.hasRoomFor(path) || this.#hasRoom(path) ? await this.#opened(path) : undefined
    if (!file) return undefined
    // What is there now may be another one than a moment ago.
    const known = this.#tails.of(file.key)
    if (known) await file.close()
    return known ?? (await this.#follow(file))
  }

  #hasRoom(path: string): boolean {
    const why = whyNotFollowed(path, this.#options.room)
    if (why !== undefined) this.#complain(path, new Error(why))
    return why === undefined
  }

  async #opened(path: string): Promise<TailedFile | undefined> {
    try {
      return await TailedFile.open(path, this.#opening)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.#complain(path, error)
      return undefined
    }
  }

  async #openAgain(tail: Tail): Promise<void> {
    const { path, key, place } = tail.file
    await this.#tails.close(tail)
    this.#left.add({ path, key, place, isFinished: false })
  }

  // Another file may have got the number of one that was read to its end.
  async #follow(file: TailedFile): Promise<Tail> {
    const left = this.#left.take(file.key)
    if (left && (!left.isFinished || (await file.has(left.place)))) file.standAt(left.place)
    return this.#tails.add(file)
  }

  async #update(tail: Tail, named: BigIntStats | undefined, nowMs: number): Promise<void> {
    const stats = named ?? (await tail.file.stat())
    const size = Number(stats.size)
    if (size !== tail.size || stats.mtimeNs !== tail.changedAtNs) {
      if (named && tail.file.place.offset === 0 && tail.size >= 0) await this.#lookBehind(tail, size)
      tail.isDue = true
      tail.grewAtMs = nowMs
    }
    tail.size = size
    tail.changedAtNs = stats.mtimeNs
    if (named) tail.lostNameAtMs = undefined
    else if (isNamed(tail)) await this.#loseName(tail, stats)
    if (tail.hasRest && (this.#isQuiet(tail) || this.#isEnd(tail))) tail.isDue = true
    if (tail.lostNameAtMs !== undefined) await this.#maybeLetGo(tail, stats, nowMs - tail.lostNameAtMs)
  }

  // Others may have had its name meanwhile, and have lost it, too.
  async #loseName(tail: Tail, { mtimeNs }: BigIntStats): Promise<void> {
    this.#tails.loseName(tail)
    await this.#followLater(tail.file.path, { key: tail.file.key, sinceNs: mtimeNs + 1n })
  }

  #isQuiet({ grewAtMs }: Tail): boolean {
    return this.#nowMs - grewAtMs >= this.#config.quietMs
  }

  #isEnd({ grewAtMs, lostNameAtMs }: Tail): boolean {
    return lostNameAtMs !== undefined && this.#nowMs - grewAtMs >= LINGER_MS
  }

  async #maybeLetGo(tail: Tail, { nlink }: BigIntStats, goneMs: number): Promise<void> {
    const isRemoved = nlink === 0n
    const isRead = !tail.isDue && this.#isEnd(tail)
    if (!isRead && !(isRemoved && goneMs >= REMOVED_MS)) return
    const unreadBytes = tail.size - tail.file.place.offset
    if (unreadBytes > 0) this.#lose(unreadBytes)
    await this.#tails.close(tail)
    if (!isRemoved) this.#remember(tail.file)
  }

  // A copy made before the truncation has what was not read; and it may have been copied more than once.
  async #truncated(tail: Tail): Promise<void> {
    const { file } = tail
    const { place, path } = file
    file.standAt(START)
    Object.assign(tail, { isDue: true, size: 0 })
    const copy = await findKept({ path, key: undefined, place }, this.#opening)
    if (copy === undefined || copy === 'unreadable') return this.#lose(0)
    await this.#followLater(path, await this.#followAside(path, copy))
  }

  // Of what nothing was read only its size tells a truncation, and a copy of it that was made since.
  async #lookBehind({ file: { path, key }, size, changedAtNs }: Tail, nowSize: number): Promise<void> {
    const followed = this.#tails.all.length
    const sinceNs = changedAtNs > this.#openedAtNs ? changedAtNs : this.#openedAtNs
    await this.#followLater(path, { key, sinceNs })
    if (nowSize < size && this.#tails.all.length === followed) this.#lose(size)
  }

  // They are not where they were when this agent last ran; and others may have been put aside since.
  async #recoverAll(known: readonly KnownFile[]): Promise<void> {
    const newest = new Map<string, Later>()
    for (const file of known) {
      const kept = await findKept(file, this.#opening)
      if (kept === 'unreadable') this.#left.add(file)
      else newest.set(file.path, kept ? await this.#followAside(file.path, kept) : this.#gone(file))
    }
    for (const [path, later] of newest) if (!this.#isStill(path)) await this.#followLater(path, later)
  }

  // The same file has the name as then: what was put aside are copies of it, told by what is in them.
  #isStill(path: string): boolean {
    const key = this.#tails.named(path)?.file.key
    return readPositions(this.#options.position).some((known) => known.key === key)
  }

  #gone(file: KnownFile): Later {
    if (!file.isFinished) this.#lose(0)
    this.#remember(file)
    return { key: file.key, sinceNs: nanoseconds(this.#options.leftAtMs ?? this.#options.clock.nowMs()) }
  }

  // Where another file has its name by now it does not come back.
  #remember({ path, key, place }: Omit<KnownFile, 'isFinished'>): void {
    const isReplaced = this.#tails.named(path) !== undefined
    this.#left[isReplaced ? 'addReplaced' : 'add']({ path, key, place, isFinished: true })
  }

  async #followLater(path: string, later: Later): Promise<void> {
    for (const aside of await findLater(path, later)) {
      if (this.#tails.of(aside.key)) continue
      const file = this.#hasRoom(aside.path) ? await this.#opened(aside.path) : undefined
      if (file) await this.#followAside(path, file)
      else if (aside.sizeBytes > 0) this.#lose(aside.sizeBytes)
    }
  }

  // It goes on being called what it was called when it was written.
  async #followAside(path: string, file: TailedFile): Promise<Later> {
    const known = this.#tails.of(file.key)
    file.path = path
    if (known) await file.close()
    else this.#tails.loseName(await this.#follow(file))
    const { mtimeNs } = await (known?.file ?? file).stat()
    return { key: file.key, sinceNs: mtimeNs }
  }

  #lose(bytes: number): void {
    const nowMs = Math.round(this.#options.clock.nowMs())
    this.#options.lose({ lines: 0, bytes, fromMs: nowMs, untilMs: nowMs, reason: LogDropReason.FILE_GONE })
  }
}
