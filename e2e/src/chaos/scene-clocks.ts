// Clocks of single processes, which faults set hours ahead or back: libfaketime reads the offset from a file each time it
// is asked. Clocks that never go back are left alone, as they are on a real machine.

import { globSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureTool } from '@secumon/infra/embedded/tools'

export class SceneClocks {
  readonly #directory: string
  readonly #library: string | undefined
  readonly #names = new Set<string>()

  private constructor(directory: string, library: string | undefined) {
    this.#directory = directory
    this.#library = library
  }

  static async prepare(directory: string, isWanted: boolean): Promise<SceneClocks> {
    const clocks = join(directory, 'clocks')
    await mkdir(clocks, { recursive: true })
    return new SceneClocks(clocks, isWanted ? await fakeTimeLibrary() : undefined)
  }

  /** Only processes that a fault names get a clock of their own: it costs them a file read at each look. */
  async own(name: string): Promise<void> {
    this.#names.add(name)
    await this.set(name, 0)
  }

  async set(name: string, offsetMs: number): Promise<void> {
    const seconds = (offsetMs / 1_000).toFixed(3)
    await writeFile(this.#file(name), `${offsetMs < 0 ? '' : '+'}${seconds}\n`)
  }

  environmentOf(name: string): Record<string, string> {
    if (this.#library === undefined || !this.#names.has(name)) return {}
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file(name),
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    }
  }

  #file(name: string): string {
    return join(this.#directory, name)
  }
}

/** Undefined where the Debian package is not to be had. */
export async function fakeTimeLibrary(): Promise<string | undefined> {
  await ensureTool('faketime').catch(() => undefined)
  return globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0]
}
