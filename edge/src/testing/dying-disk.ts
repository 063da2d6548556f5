// A process that dies at a chosen change to its files, as far as the files can tell: that change is made by half or not
// at all, and none after it.

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** What the dead get to see of every change they try. */
export class Dead extends Error {
  override readonly name = 'Dead'
}

export type DyingDisk = {
  /** Whether the moment has come. */
  readonly isDead: boolean
  restore(): void
}

/** From now on changes are counted; at this one, from 1, the process dies. */
export function dieAt(change: number): DyingDisk {
  const { ftruncateSync, mkdirSync, openSync, renameSync, rmSync } = fs
  const { symlinkSync, unlinkSync, writeFileSync, writeSync } = fs
  const real = { ftruncateSync, mkdirSync, openSync, renameSync, rmSync }
  const others = { symlinkSync, unlinkSync, writeFileSync, writeSync }
  let changes = 0
  const live = (): void => {
    if (++changes >= change) throw new Dead(`at change ${change}`)
  }
  const dying =
    <Args extends readonly unknown[], Result>(make: (...args: Args) => Result) =>
    (...args: Args): Result => {
      live()
      return make(...args)
    }
  Object.assign(fs, {
    ftruncateSync: dying(ftruncateSync),
    mkdirSync: dying(mkdirSync),
    renameSync: dying(renameSync),
    rmSync: dying(rmSync),
    symlinkSync: dying(symlinkSync),
    unlinkSync: dying(unlinkSync),
    writeFileSync: dying(writeFileSync),
    openSync: (...args: Parameters<typeof openSync>) => {
      if (args[1] === 'w' || args[1] === 'w+') live()
      return openSync(...args)
    },
    writeSync: (fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      if (changes + 1 === change) writeSync(fd, bytes, offset, length >> 1, position)
      live()
      return writeSync(fd, bytes, offset, length, position)
    },
  })
  syncBuiltinESMExports()
  return {
    get isDead() {
      return changes >= change
    },
    restore() {
      Object.assign(fs, real, others)
      syncBuiltinESMExports()
    },
  }
}
