// A file that is followed: what its source knows of it beside its place.

import type { TailedFile } from './tailed-file.ts'

export type Tail = {
  readonly file: TailedFile
  size: number
  changedAtNs: bigint
  /** There may be something to read. */
  isDue: boolean
  /** There is something that is not complete: a group of lines, or a line without an end. */
  hasRest: boolean
  grewAtMs: number
  /** Its path leads elsewhere or nowhere since. */
  lostNameAtMs: number | undefined
}

/** Whether its path still leads to it. */
export const isNamed = ({ lostNameAtMs }: Tail): boolean => lostNameAtMs === undefined
