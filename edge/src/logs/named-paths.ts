// What the patterns of a source name, looked for now and then.

import { MAX_FILES } from './file-room.ts'
import { findPaths, isExcluded } from './find-paths.ts'
import type { FileSourceConfig } from './logs-config.ts'

const FIND_MS = 5_000
const LIMITS = { maxPaths: MAX_FILES, maxEntries: 50_000 }

export type NamedPathsOptions = {
  readonly config: FileSourceConfig
  readonly complain: (path: string, error: unknown) => void
}

export class NamedPaths {
  readonly #options: NamedPathsOptions
  #paths: readonly string[] = []
  #nextFindMs = -Infinity

  constructor(options: NamedPathsOptions) {
    this.#options = options
  }

  /** As they were at most five seconds ago; never more than `MAX_FILES`. */
  async at(nowMs: number): Promise<readonly string[]> {
    if (nowMs < this.#nextFindMs) return this.#paths
    this.#nextFindMs = nowMs + FIND_MS
    const { config, complain } = this.#options
    const { paths, isCut } = await findPaths(config.paths, {
      ...LIMITS,
      followSymlinks: config.followSymlinks,
    })
    if (isCut) complain('more', new Error(`more than ${MAX_FILES} files or ${LIMITS.maxEntries} names`))
    return (this.#paths = paths.filter((path) => !isExcluded(path, config)))
  }
}
