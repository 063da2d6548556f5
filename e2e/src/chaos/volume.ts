// A small file system of its own for one directory, which can be made full and free again. Needs root.

import { mkdir, statfs } from 'node:fs/promises'
import { runToEnd } from '@secumon/infra/embedded/child'

const run = (program: string, args: readonly string[]) => runToEnd(program, args, { timeoutMs: 10_000 })

export class Volume {
  readonly path: string
  readonly #sizeBytes: number

  private constructor(path: string, sizeBytes: number) {
    this.path = path
    this.#sizeBytes = sizeBytes
  }

  static async mount(path: string, sizeBytes: number): Promise<Volume> {
    await mkdir(path, { recursive: true })
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0755`, 'tmpfs', path])
    return new Volume(path, sizeBytes)
  }

  /** From now on not one more page can be written. Shrunk to what it holds: a ballast file would take memory. */
  async fill(): Promise<void> {
    const { blocks, bfree, bsize } = await statfs(this.path)
    await this.#resize(Math.max(1, blocks - bfree) * bsize)
  }

  free(): Promise<void> {
    return this.#resize(this.#sizeBytes)
  }

  /** Also under processes that still have files open there. */
  async unmount(): Promise<void> {
    await run('umount', ['-l', this.path])
  }

  // What is being written meanwhile can be more than the new size: then it is asked again.
  async #resize(sizeBytes: number): Promise<void> {
    for (let tried = 1; ; tried++) {
      try {
        await run('mount', ['-o', `remount,size=${sizeBytes + (tried - 1) * 64 * 1024}`, this.path])
        return
      } catch (error) {
        if (tried === 10) throw error
      }
    }
  }
}
