// Three facts about a spool that its segments do not tell: up to where the log called it durable, up to where it was
// filled from the chain before, and whether anything was ever submitted from it.

import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode, isDiskFull } from '../error-code.ts'
import { writeFileAtomic } from '../state/atomic-file.ts'

export class Progress {
  readonly #durablePath: string
  readonly #inheritedPath: string
  readonly #submittedPath: string
  #durable: number
  #savedDurable: number
  #inherited: number
  #pristine: boolean

  /** @param fresh the spool begins now: what an older one left does not count */
  constructor(directory: string, fresh: boolean) {
    this.#durablePath = join(directory, 'durable')
    this.#inheritedPath = join(directory, 'inherited')
    this.#submittedPath = join(directory, 'submitted')
    const paths = [this.#durablePath, this.#inheritedPath, this.#submittedPath]
    if (fresh) for (const path of paths) rmSync(path, { force: true })
    this.#durable = this.#savedDurable = readSequence(this.#durablePath)
    this.#inherited = readSequence(this.#inheritedPath)
    this.#pristine = !existsSync(this.#submittedPath)
  }

  get durable(): number {
    return this.#durable
  }

  get inherited(): number {
    return this.#inherited
  }

  get pristine(): boolean {
    return this.#pristine
  }

  /** Never goes back. */
  advance(durable: number): void {
    this.#durable = Math.max(this.#durable, durable)
  }

  /** Saves what `advance` told, unless the disk is full. */
  trySave(): void {
    if (this.#durable === this.#savedDurable) return
    if (written(this.#durablePath, `${this.#durable}\n`)) this.#savedDurable = this.#durable
  }

  /** Safe from a power failure when it returns. */
  inherit(sequence: number): void {
    writeFileAtomic(this.#inheritedPath, `${sequence}\n`)
    this.#inherited = sequence
  }

  /** From now on frames may be submitted. A full disk forgets it at the next start, and must not stop a frame. */
  markSubmitted(): void {
    this.#pristine = false
    written(this.#submittedPath, '')
  }
}

function written(path: string, content: string): boolean {
  try {
    writeFileAtomic(path, content)
    return true
  } catch (error) {
    if (isDiskFull(error)) return false
    throw error
  }
}

function readSequence(path: string): number {
  try {
    const sequence = Number(readFileSync(path, 'utf8'))
    return Number.isSafeInteger(sequence) && sequence > 0 ? sequence : 0
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0
    throw error
  }
}
