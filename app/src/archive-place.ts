// Where the archive lies: its local directory, where segments are written, and the store that sealed ones go to.

import type { ArchiveStore } from '@secumon/infra/archive/archive'
import { directoryStore } from '@secumon/infra/archive/local-store'
import { join, resolve } from 'node:path'
import type { Config } from './config.ts'

export type ArchivePlace = {
  /** Of open segments; with a directory as store, its root. */
  readonly directory: string
  readonly store: ArchiveStore
}

type Settings = Pick<Config, 'archiveDirectory' | 'dataDirectory'>

/** `<data>/archive` when nothing else is set. */
export const archiveDirectory = ({ archiveDirectory: given, dataDirectory }: Settings): string =>
  resolve(given ?? join(dataDirectory, 'archive'))

export function archivePlace(config: Settings): ArchivePlace {
  const directory = archiveDirectory(config)
  return { directory, store: directoryStore(directory) }
}
